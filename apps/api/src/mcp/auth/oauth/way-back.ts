import { answerProof, isAnswerProof, isOpaqueToken } from '#app/oauth';
import type { Interaction, KoaContextWithOIDC, Provider } from 'oidc-provider';
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
    const interaction = await provider.Interaction.find(uid);
    if (interaction?.result === undefined) return next();
    const browser = ctx.cookies.get(cookie);
    if (isOpaqueToken(browser) && isAnsweredIn(interaction.result['answered'], browser, uid)) {
      await leaveOtherSession(provider, ctx, interaction);
      return next();
    }
    ctx.status = 400;
    renderOAuthError(ctx, { error: 'invalid_request', error_description: 'it was answered in another browser' });
  };
}

/**
 * Another page of this browser may have signed somebody else in since the authorization began. The library would show a page of its
 * own then, which can be framed, runs a script and leads nowhere here.
 */
async function leaveOtherSession(
  provider: Provider,
  ctx: KoaContextWithOIDC,
  { result, session: begunIn }: Interaction,
): Promise<void> {
  const signedIn = result?.login?.accountId;
  const session = await provider.Session.get(ctx);
  // One that was begun in a session goes on in no other: the library refuses it
  const isRefused = begunIn?.uid !== undefined && begunIn.uid !== session.uid;
  if (signedIn === undefined || session.accountId === undefined || isRefused) return;
  if (session.accountId !== signedIn) await session.destroy();
}

const isAnsweredIn = (answered: unknown, browser: string, uid: string): boolean =>
  isAnswerProof(answered, browser, `way back ${uid}`);
