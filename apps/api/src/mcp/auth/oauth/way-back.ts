import { answerProof, isAnswerProof, isOpaqueToken } from '#app/oauth';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { renderOAuthError } from './error-page.js';
import { OAUTH_PATHS } from './oauth-paths.js';

/** The cookie by which our pages recognise a browser. No other host of the domain can plant it. */
export const pagesCookie = (publicUrl: string): string =>
  `${publicUrl.startsWith('https:') ? '__Host-' : ''}gatehouse-agent-pages`;

/** What an answered interaction keeps of the browser in which it was answered. Nothing follows from it. */
export const answeredIn = (browser: string, uid: string): string => answerProof(browser, `way back ${uid}`);

/**
 * The library lets whoever has its cookie go on with what was answered, and that cookie is bound to a path only, so that another
 * host of the domain can plant it: one browser would be signed in as the user who answered in another one. Here nobody goes on but
 * the browser that answered.
 */
export function onlyWhereAnswered(provider: Provider, cookie: string) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (!ctx.path.startsWith(`${OAUTH_PATHS.authorization}/`)) return next();
    // Read as the library will read it: the address may name another one
    const uid = ctx.cookies.get(provider.cookieName('resume')) ?? '';
    const result = (await provider.Interaction.find(uid))?.result;
    const browser = ctx.cookies.get(cookie);
    if (result === undefined || (isOpaqueToken(browser) && isAnsweredIn(result['answered'], browser, uid)))
      return next();
    ctx.status = 400;
    renderOAuthError(ctx, { error: 'invalid_request', error_description: 'it was answered in another browser' });
  };
}

const isAnsweredIn = (answered: unknown, browser: string, uid: string): boolean =>
  isAnswerProof(answered, browser, `way back ${uid}`);
