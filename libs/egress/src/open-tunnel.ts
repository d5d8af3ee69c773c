import type { ProxyServerConfig } from '#app/config';
import { request as overHttp, type IncomingMessage } from 'node:http';
import { request as overHttps } from 'node:https';
import type { Socket } from 'node:net';
import { EgressError } from './egress-error.js';

/**
 * Asks a proxy for a connection to `authority` (CONNECT) and hands it over: bytes go to the other end from then on. What the
 * proxy answers goes into no error, since it may repeat the credentials that it was given.
 */
export function openTunnel(proxy: ProxyServerConfig, authority: string, timeoutMs: number): Promise<Socket> {
  const { secure, host, port } = proxy;
  return new Promise((resolve, reject) => {
    const options = {
      host,
      port,
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: headersOf(proxy, authority),
    };
    const request = secure ? overHttps(options) : overHttp(options);
    const fail = (kind: 'timeout' | 'network', message: string): void => {
      clearTimeout(timer);
      reject(new EgressError(kind, message, false));
      request.destroy();
    };
    const timer = setTimeout(() => fail('timeout', 'The proxy did not answer in time'), timeoutMs);
    request
      .once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
        // Whoever connects speaks first, so early bytes are not from the other end
        if (statusCode >= 200 && statusCode <= 299 && head.length === 0) {
          clearTimeout(timer);
          return resolve(socket);
        }
        socket.destroy();
        return fail('network', `The proxy did not open a connection (${statusCode})`);
      })
      .once('error', (error: Error & { code?: string }) =>
        fail('network', `The proxy could not be reached (${error.code ?? error.name})`),
      )
      .end();
  });
}

function headersOf({ login }: ProxyServerConfig, authority: string): Record<string, string> {
  const headers = { host: authority, connection: 'keep-alive' };
  if (login === null) return headers;
  const basic = Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64');
  return { ...headers, 'proxy-authorization': `Basic ${basic}` };
}
