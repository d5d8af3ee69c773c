import { isIP } from 'node:net';
import { classOfAddress } from './address-class.js';
import { refused } from './egress-error.js';
import type { EgressUrl } from './egress-request.js';
import { HostPolicy, portOf, withoutBrackets } from './host-policy.js';

/**
 * Checks where a request is about to go, before any secret is put into it. Works on the parsed URL, so that every spelling of
 * an address (`0x7f.1`, `2130706433`, full-width digits) has become the one that will be connected to.
 */
export function checkDestination(url: EgressUrl, allowedHosts: readonly string[], policy: HostPolicy): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refused(`Scheme ${url.protocol} is not http or https`);
  if (url.username !== '' || url.password !== '') throw refused('A URL must not hold a user name or password');
  const { hostname, protocol } = url;
  const port = portOf(url);
  const place = placeOf(url);
  if (!allowedHosts.some((entry) => covers(entry, url, place)))
    throw refused(`${place} is not one of the hosts that this request may go to`);
  const named = policy.allows(hostname, port);
  if (protocol === 'http:' && !named)
    throw refused(`${place} would be reached by unencrypted http. Use https, or name it in GATEHOUSE_EGRESS_ALLOW.`);
  if (!named) refuseLiteral(hostname);
}

/** Host and port, as `allowedHosts` may name them. */
export const placeOf = (url: EgressUrl): string => `${url.hostname}:${portOf(url)}`;

function covers(entry: string, url: EgressUrl, place: string): boolean {
  if (entry.includes(':')) return entry === place;
  if (url.protocol !== 'https:' || url.port !== '') return false;
  return url.hostname === entry || url.hostname.endsWith(`.${entry}`);
}

/** Literal addresses never pass a resolver, so they are judged here; and names that mean this machine everywhere (RFC 6761). */
function refuseLiteral(hostname: string): void {
  const address = withoutBrackets(hostname);
  if (/(^|\.)localhost\.?$/.test(hostname)) throw refused(forbiddenAddress(hostname));
  if (isIP(address) !== 0 && classOfAddress(address) !== 'public') throw refused(forbiddenAddress(hostname));
}

/** Why a host was refused and how the operator lets it through. The address itself stays out: it describes our network. */
export const forbiddenAddress = (host: string): string =>
  `${host} leads to a private or reserved address. If that is meant, name it in GATEHOUSE_EGRESS_ALLOW.`;
