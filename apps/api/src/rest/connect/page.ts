import { createHash } from 'node:crypto';
import type { OutcomeText } from './outcomes.js';

/** What a page adds to the text of its outcome. */
export interface PageDetails {
  /** To be quoted when somebody asks for help; an id of the log. */
  readonly reference: string | null;
  /** Who is connected now: provider, and the name that it gave. */
  readonly connected: { readonly provider: string; readonly label: string | null } | null;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1b1f27;--muted:#565e6c;--line:#dfe3ea;--mark:#1a7f4e;--bad:#a4442a}
@media (prefers-color-scheme:dark){:root{--bg:#12151b;--card:#1b2029;--text:#e9ecf2;--muted:#a6afbe;--line:#2e3644;--mark:#5cc795;--bad:#f0936f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--bg);color:var(--text);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:34rem;padding:2rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--bad);border-radius:12px}
main.ok{border-top-color:var(--mark)}
h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.3}
p{margin:0 0 .9rem}
.who{font-weight:600;overflow-wrap:anywhere}
footer{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--muted);font-size:.85rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing is loaded, framed, submitted or run; the one style sheet is named by its digest. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** One small page, without scripts or anything from elsewhere. */
export function renderPage(text: OutcomeText, { reference, connected }: PageDetails): string {
  const who = connected === null ? '' : `<p class="who">${escapeHtml(describe(connected))}</p>`;
  const footer = reference === null ? '' : `<footer>Reference: <code>${escapeHtml(reference)}</code></footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(text.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main${text.status === 200 ? ' class="ok"' : ''}>
<h1>${escapeHtml(text.title)}</h1>
${who}
<p>${escapeHtml(text.happened)}</p>
<p>${escapeHtml(text.changed)}</p>
<p>${escapeHtml(text.next)}</p>
${footer}
</main>
</body>
</html>
`;
}

const describe = ({ provider, label }: NonNullable<PageDetails['connected']>): string =>
  label === null ? provider : `${provider}: ${label}`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
