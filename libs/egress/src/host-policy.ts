import type { ProxiesConfig } from '#app/config';

/** The operator's word on hosts outside of the public internet (`GATEHOUSE_EGRESS_ALLOW`), and on the way to all others. */
export interface EgressPolicy {
  /** `host`, `host:port`, `*.suffix` or `*.suffix:port`; IPv6 with a port in brackets. */
  readonly allow: readonly string[];
  /** Null or absent for direct connections. */
  readonly proxies?: ProxiesConfig | null;
}

interface HostPattern {
  readonly host: string;
  readonly below: boolean;
  readonly port: number | null;
}

/** The parsed {@link EgressPolicy}. */
export class HostPolicy {
  private readonly patterns: readonly HostPattern[];

  /** Throws for an entry that can't be read, by name: a typing error must not widen or narrow the policy in silence. */
  constructor(policy: EgressPolicy) {
    this.patterns = policy.allow.map(parsePattern);
  }

  /** Whether the operator named this host, as the URL parser writes it (IPv6 with or without brackets), on this port. */
  allows(hostname: string, port: number): boolean {
    if (this.patterns.length === 0) return false;
    const host = withoutBrackets(hostname);
    return this.patterns.some(
      (pattern) =>
        (pattern.port === null || pattern.port === port) &&
        (pattern.below ? host.endsWith(`.${pattern.host}`) : host === pattern.host),
    );
  }
}

/** The port a URL leads to: the one it names, or its scheme's. */
export const portOf = (url: { readonly port: string; readonly protocol: string }): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);

export const withoutBrackets = (hostname: string): string =>
  hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;

function parsePattern(entry: string): HostPattern {
  const below = entry.startsWith('*.');
  const rest = below ? entry.slice(2) : entry;
  // Two colons and no bracket: an IPv6 address without a port
  const authority = /^[^[]*:[^[]*:/.test(rest) ? `[${rest}]` : rest;
  const port = /:(\d+)$/.exec(authority.slice(authority.indexOf(']') + 1))?.[1];
  const hostname = hostnameOf(authority);
  if (hostname === null || rest.includes('*')) throw unreadable(entry);
  return { host: withoutBrackets(hostname), below, port: port === undefined ? null : Number(port) };
}

function hostnameOf(authority: string): string | null {
  if (/[\s/?#@\\]/.test(authority)) return null;
  return URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`).hostname : null;
}

const unreadable = (entry: string): Error =>
  new Error(
    `${JSON.stringify(entry)} in GATEHOUSE_EGRESS_ALLOW is not a host. Write host, host:port, *.suffix or [ipv6]:port, separated by commas.`,
  );
