import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { buildConnector } from 'undici';
import type { ProxiesConfig, ProxyServerConfig } from '#app/config';
import { outsideOfRequests } from '#app/kernel';
import { classOfAddress, type AddressClass } from './address-class.js';
import { chooseProxy } from './choose-proxy.js';
import { forbiddenAddress } from './destination.js';
import { EgressError, refused } from './egress-error.js';
import { HostPolicy, portOf, withoutBrackets } from './host-policy.js';
import { openTunnel } from './open-tunnel.js';

/** Every address a name has. Injectable, so that tests can answer as a hostile name server would. */
export type Resolver = (hostname: string) => Promise<readonly LookupAddress[]>;

const resolveAll = promisify(lookup);
export const systemResolver: Resolver = (hostname) => resolveAll(hostname, { all: true });

/** For a connection to be there, whatever number of addresses is tried for it. TLS through a tunnel has as much again. */
const CONNECT_TIMEOUT_MS = 5_000;

/** What a host's addresses may be. */
type Permits = (found: AddressClass) => boolean;
const isPublic: Permits = (found) => found === 'public';
/** Naming a host lets it be private, but not lead to a metadata service. */
const isNotReserved: Permits = (found) => found !== 'reserved';

/**
 * Opens connections to permitted addresses only. The check sits in the socket's own name lookup: the addresses that were judged
 * are the ones that are connected to, so a name that changes its answer (DNS rebinding) gains nothing.
 */
export function guardedConnector(
  policy: HostPolicy,
  resolve: Resolver,
  proxies: ProxiesConfig | null = null,
  timeoutMs = CONNECT_TIMEOUT_MS,
): buildConnector.connector {
  const toPublic = connectorFor(resolve, isPublic, timeoutMs);
  const toNamed = connectorFor(resolve, isNotReserved, timeoutMs);
  const tunnelled = tunnelConnector(resolve, proxies?.resolveNames ?? false, timeoutMs);
  // Connections are kept for later requests
  return (options, callback) => outsideOfRequests(() => connect(options, callback));

  function connect(...[options, callback]: Parameters<buildConnector.connector>): void {
    const { hostname } = options;
    const named = policy.allows(hostname, portOf(options));
    if (!named && isIP(withoutBrackets(hostname)) !== 0 && classOfAddress(withoutBrackets(hostname)) !== 'public')
      return callback(refused(forbiddenAddress(hostname)), null);
    const proxy = chooseProxy(proxies, options);
    if (proxy !== null) return tunnelled(proxy, named ? isNotReserved : isPublic, options, callback);
    return named ? toNamed(options, callback) : toPublic(options, callback);
  }
}

function connectorFor(resolve: Resolver, permits: Permits, timeout: number): buildConnector.connector {
  const permitted = async (hostname: string): Promise<Addresses> => judge(hostname, await resolve(hostname), permits);
  return buildConnector({
    timeout,
    lookup: (hostname, options, callback) => void answer(permitted(hostname), options, callback),
  });
}

type TunnelConnector = (
  proxy: ProxyServerConfig,
  permits: Permits,
  options: buildConnector.Options,
  callback: buildConnector.Callback,
) => void;

/**
 * The same through a proxy, which is asked for the checked address instead of the name: the proxy can't be brought to look it up
 * anew. The name goes on as the server name of TLS and as the `Host`. Where the operator has the proxy resolve names, because
 * nobody else can, a name is handed on unchecked and the proxy's own rules are the guard.
 */
function tunnelConnector(resolve: Resolver, resolveNames: boolean, timeout: number): TunnelConnector {
  const secured = buildConnector({ timeout });
  const targetsOf = async (hostname: string, permits: Permits): Promise<readonly string[]> => {
    if (isIP(withoutBrackets(hostname)) !== 0 || resolveNames) return [withoutBrackets(hostname)];
    return judge(hostname, await resolve(hostname), permits).map(({ address }) => address);
  };
  const connect = async (...[proxy, permits, options, callback]: Parameters<TunnelConnector>): Promise<void> => {
    let httpSocket: Socket;
    try {
      const targets = await targetsOf(options.hostname, permits);
      httpSocket = await firstTunnel(proxy, authoritiesOf(targets, portOf(options)), timeout);
    } catch (error) {
      return callback(error as Error, null);
    }
    return options.protocol === 'https:' ? secured({ ...options, httpSocket }, callback) : callback(null, httpSocket);
  };
  return (...call) => void connect(...call);
}

const authoritiesOf = (targets: readonly string[], port: number): string[] =>
  targets.map((target) => `${isIP(target) === 6 ? `[${target}]` : target}:${port}`);

/** One address after the other, until the proxy reaches one. Each is waited for so long that those behind it have their share. */
async function firstTunnel(proxy: ProxyServerConfig, authorities: string[], timeoutMs: number): Promise<Socket> {
  const end = performance.now() + timeoutMs;
  let failure: unknown;
  for (const [tried, authority] of authorities.entries())
    try {
      const left = Math.max(0, end - performance.now());
      return await openTunnel(proxy, authority, left / (authorities.length - tried));
    } catch (error) {
      failure = error;
    }
  throw failure;
}

/** Hands a lookup's outcome to the socket, in the one form or the other that Node asks for. */
async function answer(lookedUp: Promise<Addresses>, { all }: LookupOptions, callback: LookupCallback): Promise<void> {
  const outcome = await lookedUp.then(
    (addresses) => ({ addresses }),
    (error: Error) => ({ error }),
  );
  if ('error' in outcome) return callback(outcome.error, '');
  const [first, ...others] = outcome.addresses;
  return all === true ? callback(null, [first, ...others]) : callback(null, first.address, first.family);
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;
type Addresses = readonly [LookupAddress, ...LookupAddress[]];

/** One forbidden address among the answers condemns them all: an honest name has no reason to mix. */
function judge(hostname: string, [first, ...others]: readonly LookupAddress[], permits: Permits): Addresses {
  if (first === undefined) throw new EgressError('network', `${hostname} has no address`, false);
  const addresses: Addresses = [first, ...others];
  if (!addresses.every(({ address }) => permits(classOfAddress(address)))) throw refused(forbiddenAddress(hostname));
  return addresses;
}
