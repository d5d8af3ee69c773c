import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

const STYLE = `
:root { color-scheme: light dark; --line: #c9ced6; --accent: #0b57d0; --muted: #5b6470; --paper: #fff; --ground: #f3f5f8; --ink: #1a1d21; }
@media (prefers-color-scheme: dark) {
  :root { --line: #454b54; --accent: #a8c7fa; --muted: #a7afba; --paper: #202327; --ground: #15171a; --ink: #e8eaed; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
.banner { margin: -2rem -2rem 1.5rem; padding: .6rem 2rem; border-bottom: 1px solid var(--line); border-radius: 12px 12px 0 0; color: var(--muted); font-size: .85rem; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.25; }
fieldset { margin: 0 0 1.25rem; padding: 0; border: 0; }
legend { padding: 0 0 .4rem; font-weight: 600; }
.teammate { display: flex; gap: .75rem; align-items: flex-start; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: 8px; cursor: pointer; }
.teammate + .teammate { margin-top: .4rem; }
.teammate:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.teammate:focus-within { outline: 2px solid var(--accent); outline-offset: 2px; }
.teammate small { display: block; color: var(--muted); }
.actions { display: flex; gap: .75rem; }
button { min-height: 44px; padding: 0 1.4rem; border: 1px solid var(--accent); border-radius: 8px; background: transparent; color: var(--accent); font: inherit; font-weight: 600; cursor: pointer; }
button.primary { background: var(--accent); color: var(--paper); }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
ul { padding-left: 1.2rem; }
code { padding: .1rem .3rem; border-radius: 4px; background: var(--ground); overflow-wrap: anywhere; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * No script, no outside asset, only the style above. `form-action` is left out on purpose: browsers apply it to the whole chain
 * of redirects after a form was sent, and consent ends at an address of the app's choosing.
 */
const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`;

/** Sends a page. `body` is HTML: whoever builds it escapes what it puts in. */
export function sendPage(reply: FastifyReply, status: number, title: string, body: string): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(
      `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
        `<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>` +
        `<div class="banner">Intercom sandbox of Gatehouse – made-up people and data, nothing leaves this computer</div>` +
        `<h1>${escapeHtml(title)}</h1>${body}</main></body></html>`,
    );
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
