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
    (url: URL | null) => url !== null && url.host === base.host && leadsTo(plain(url.pathname), asked),
  );
}

/** Whether it is that path, or that path and what servers leave out: a format (`.json`), a blank. */
const leadsTo = (endpoint: string, asked: string): boolean =>
  asked === endpoint ||
  (endpoint !== '' && asked.startsWith(endpoint) && !/^[\w/-]/.test(asked.slice(endpoint.length)));

/** As a lenient server might read it: without the parameters of its segments (RFC 3986, 3.3), too. */
function plain(path: string): string {
  return decoded(path)
    .toLowerCase()
    .replace(/;[^/]*/g, '')
    .replace(/\/+$/, '');
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
