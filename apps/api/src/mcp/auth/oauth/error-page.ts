import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { CONTENT_SECURITY_POLICY, documentOf, escapeHtml } from '../../../rest/connect/page.js';

/** What went wrong before there was a client to send the browser back to. */
export function renderOAuthError(ctx: KoaContextWithOIDC, { error, error_description: description }: ErrorOut): void {
  ctx.set('content-security-policy', CONTENT_SECURITY_POLICY);
  ctx.set('referrer-policy', 'no-referrer');
  ctx.set('x-frame-options', 'DENY');
  ctx.type = 'html';
  ctx.body = documentOf({
    title: 'The application could not be signed in',
    mood: 'bad',
    body: `<p>${escapeHtml(explain(error))}</p>
<p>Nothing was allowed. Go back to the application and start again.</p>
<footer>Reason: <code>${escapeHtml([error, description].filter(Boolean).join(': '))}</code></footer>`,
  });
}

function explain(error: string): string {
  switch (error) {
    case 'invalid_client':
      return (
        'This server does not know the application: it was registered too long ago, or the document that describes it could ' +
        'not be had. Remove the server in the application and add it again, or ask whoever runs this server.'
      );
    case 'invalid_redirect_uri':
      return 'The application wants the answer sent to an address that it has not registered.';
    case 'invalid_request':
      return 'The application asked in a way that this server does not take, or the page was open for too long.';
    default:
      return 'The application asked for something that this server does not give, or something went wrong on our side.';
  }
}
