import { createHash } from 'node:crypto';
import type { OutcomeText } from './outcomes.js';

/** What a page adds to the text of its outcome. */
export interface PageDetails {
  /** To be quoted when somebody asks for help; an id of the log. */
  readonly reference: string | null;
  /** Who is connected now (provider, and the name that it gave), and for whom at which tenant. */
  readonly connected: ConnectedDetails | null;
}

export interface ConnectedDetails {
  readonly provider: string;
  readonly label: string | null;
  readonly identifier: string;
  readonly tenantName: string;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1b1f27;--muted:#565e6c;--line:#dfe3ea;--mark:#1a7f4e;--bad:#a4442a}
@media (prefers-color-scheme:dark){:root{--bg:#12151b;--card:#1b2029;--text:#e9ecf2;--muted:#a6afbe;--line:#2e3644;--mark:#5cc795;--bad:#f0936f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--bg);color:var(--text);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:34rem;padding:2rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--bad);border-radius:12px}
main.ok{border-top-color:var(--mark)}
main.plain{border-top-color:var(--muted)}
form{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0 0}
button,a.button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border-radius:8px;border:1px solid var(--text);cursor:pointer;text-decoration:none;
background:var(--text);color:var(--card)}
button.second{background:transparent;color:var(--text)}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.3}
p{margin:0 0 .9rem;overflow-wrap:anywhere}
.who{font-weight:600;overflow-wrap:anywhere}
footer{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--muted);font-size:.85rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
code.copy{display:block;padding:.6rem .8rem;border:1px solid var(--line);border-radius:8px;user-select:all}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const policy = (formAction: 'none' | 'self'): string =>
  `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action '${formAction}'; frame-ancestors 'none'`;

/** Nothing is loaded, framed, submitted or run; the one style sheet is named by its digest. */
export const CONTENT_SECURITY_POLICY = policy('none');
/** The same for the one page with a form, which goes nowhere but back to us. */
export const FORM_PAGE_POLICY = policy('self');

/** One small page, without scripts or anything from elsewhere. */
export function renderPage(text: OutcomeText, { reference, connected }: PageDetails): string {
  const who = connected === null ? '' : describe(connected);
  const footer = reference === null ? '' : `<footer>Reference: <code>${escapeHtml(reference)}</code></footer>`;
  const paragraphs = [text.happened, text.changed, text.next].map((each) => `<p>${escapeHtml(each)}</p>`);
  return documentOf({
    title: text.title,
    mood: text.status === 200 ? 'ok' : 'bad',
    body: [who, ...paragraphs, footer].filter((each) => each !== '').join('\n'),
  });
}

/** A whole document. `body` and `head` are HTML already, `title` is text. */
export function documentOf(page: {
  readonly title: string;
  readonly mood: 'ok' | 'bad' | 'plain';
  readonly body: string;
  readonly head?: string;
}): string {
  const { title, mood, body, head = '' } = page;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
${head}<style>${STYLE}</style>
</head>
<body>
<main class="${mood}">
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

const describe = ({ provider, label, identifier, tenantName }: ConnectedDetails): string =>
  `<p class="who">${escapeHtml(label === null ? provider : `${provider}: ${label}`)}</p>\n` +
  `<p>Connected for ${nameOf(identifier)} at ${nameOf(tenantName)}.</p>`;

/** A name that somebody chose: set apart, so that its own direction of writing can't turn the sentence around it. */
export const nameOf = (text: string): string => `<b><bdi>${escapeHtml(text)}</bdi></b>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
