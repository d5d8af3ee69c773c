import { resolveAuthUrls, resolveBaseUrl, type Connector } from '#app/connector-kit';
import type { AccountForCall } from '#app/oauth';

/**
 * Whether a path leads to where the provider issues or revokes authorizations. Those are ours to call: a request there could end
 * the access of other accounts, or come by a token.
 */
export function isAuthEndpoint(connector: Connector, account: AccountForCall, path: string): boolean {
  const params = { ...account.params, ...account.principal?.params };
  const base = resolveBaseUrl(connector, params, account.endpoints);
  const asked = plain(base.pathname.replace(/\/+$/, '') + path);
  return Object.values(resolveAuthUrls(connector, params, account.endpoints)).some(
    (url: URL | null) => url !== null && url.host === base.host && plain(url.pathname) === asked,
  );
}

/** As a lenient server might read it. */
function plain(path: string): string {
  return decoded(path).toLowerCase().replace(/\/+$/, '');
}

/** Until nothing is left to decode: each time it gets shorter. */
function decoded(path: string): string {
  try {
    const once = decodeURIComponent(path);
    return once === path ? path : decoded(once);
  } catch {
    return path;
  }
}
