import type { ProxiesConfig, ProxyServerConfig } from '#app/config';
import { portOf, withoutBrackets } from './host-policy.js';

/** Where a connection leads to. */
export interface Destination {
  readonly protocol: string;
  /** As the URL parser writes it. */
  readonly hostname: string;
  readonly port: string;
}

/** The proxy that a connection goes through; null for a direct one. */
export function chooseProxy(proxies: ProxiesConfig | null, destination: Destination): ProxyServerConfig | null {
  if (proxies === null) return null;
  const server = destination.protocol === 'https:' ? proxies.https : proxies.http;
  return server === null || isReachedDirectly(proxies.except, destination) ? null : server;
}

/** A proxy could not reach this machine, or would reach itself. */
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|::1)$/;

function isReachedDirectly(except: readonly string[], destination: Destination): boolean {
  const host = withoutBrackets(destination.hostname);
  if (LOOPBACK.test(host)) return true;
  const port = portOf(destination);
  return except.some((entry) => covers(entry.toLowerCase(), host, port));
}

/** `example.com`, `.example.com` and `*.example.com` all mean that host and those below it, as in most programs. */
function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const [, name = '', ofPort] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (ofPort !== undefined && Number(ofPort) !== port) return false;
  const suffix = withoutBrackets(name).replace(/^\*?\./, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}
