// Not by its index, which has parts for Jest that no build has: see the exception in .dependency-cruiser.cjs.
import { RotatingProvider } from '../../../libs/testing/src/rotating-provider.js';
import { writeRotorConnectors } from '../../../libs/testing/src/rotor-connector.js';
import type { TokenFamily } from '../../../libs/testing/src/token-families.js';

export type { RotatingProvider };

/**
 * - `strict`: refresh tokens work once, and reuse kills the authorization
 * - `grace`: the same, but an answer that was lost may be asked for again for a while
 */
export type ProviderKind = 'strict' | 'grace';

/** Within it every killed refresh of a run is resolved. */
export const GRACE_SECONDS = 600;

/** The connector that speaks to each, and the connection through which. */
export const CONNECTORS: Readonly<Record<ProviderKind, string>> = { strict: 'rotor', grace: 'rotorgrace' };

/** Writes the manifests of both into a folder of their own. */
export const writeConnectors = (): { dir: string; remove: () => void } =>
  writeRotorConnectors({
    [CONNECTORS.strict]: { rotates: true },
    [CONNECTORS.grace]: { rotates: true, graceSeconds: GRACE_SECONDS },
  });

export const startProvider = (kind: ProviderKind): Promise<RotatingProvider> =>
  RotatingProvider.start({ rotates: true, graceMs: kind === 'grace' ? GRACE_SECONDS * 1000 : 0 });

/** The authorization that a user gave last. */
export const familyOf = (provider: RotatingProvider, user: string): TokenFamily | undefined =>
  provider.tokens.families.findLast((family) => family.user.id === user);

/** Ends the access tokens of one user: the next call is answered with 401. Returns whether there was one to end. */
export function expire(provider: RotatingProvider, user: string): boolean {
  const family = familyOf(provider, user);
  let ended = false;
  for (const token of provider.tokens.accessTokens.values()) {
    if (token.family !== family || token.ended || token.expiresAt <= Date.now()) continue;
    token.expiresAt = 0;
    ended = true;
  }
  return ended;
}
