import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import {
  createServer as createHttp2,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Http2Sessions, type SessionLimits } from './http2-sessions.js';
import { UndecidedConnections } from './undecided-connections.js';

/** Certificate chain and private key, PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface ListenerLimits extends SessionLimits {
  /** Between the requests of a connection of HTTP/1.1. */
  readonly keepAliveMs: number;
  /** Until it is known what a new connection speaks. */
  readonly silenceMs: number;
}

const LIMITS: ListenerLimits = {
  // Longer than the 60 seconds after which the usual load balancers give up a connection of their own accord
  keepAliveMs: 72_000,
  // gRPC clients close idle connections after 15 minutes; whoever closes first races with a call that is just being sent
  idleMs: 30 * 60_000,
  bodyMs: 60_000,
  silenceMs: 10_000,
};
const MAX_STREAMS = 400;
/** Node would answer a request that names no host with nothing but a status. It is refused behind this, and told why. */
const HTTP1_OPTIONS = { requireHostHeader: false };

/**
 * One port for HTTP/1.1 and HTTP/2: over TLS the client chooses by ALPN, in cleartext by how it begins (RFC 9113, section 3.3). What
 * listens is an ordinary HTTP/1.1 server; it hands the connections of the other protocol to one that never listens. That is decided
 * once per connection, so requests cost no more than without.
 */
export class Listener {
  readonly server: Server;
  private readonly undecided: UndecidedConnections;
  private readonly sessions: Http2Sessions;

  constructor(http1: RequestListener, http2: Http2Handler, tls: TlsFiles | null, limits = LIMITS) {
    const secondary = createHttp2({ settings: { maxConcurrentStreams: MAX_STREAMS } }, http2);
    this.undecided = new UndecidedConnections(limits.silenceMs);
    this.sessions = new Http2Sessions(secondary, limits);
    this.server = tls === null ? this.cleartext(http1, secondary) : secure(http1, secondary, tls, limits);
    this.server.keepAliveTimeout = limits.keepAliveMs;
    this.server.requestTimeout = limits.bodyMs;
  }

  /** Ends what the server's own closing would wait for, or not know of. Calls under way finish. */
  end(): void {
    this.undecided.end();
    this.sessions.end();
  }

  private cleartext(http1: RequestListener, secondary: Http2Server): Server {
    const server = createHttp(HTTP1_OPTIONS, http1);
    serveWhateverIsExpected(server);
    const serveHttp1 = takeListener(server, 'connection');
    server.on('connection', (socket: Socket) => {
      this.undecided.decide(socket, {
        http1: () => serveHttp1(socket),
        http2: () => secondary.emit('connection', withoutHalfOpen(socket)),
      });
    });
    return server;
  }
}

function secure(http1: RequestListener, secondary: Http2Server, tls: TlsFiles, { silenceMs }: ListenerLimits): Server {
  const options = { ...HTTP1_OPTIONS, ...tls, ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: silenceMs };
  const server = createHttps(options, http1);
  serveWhateverIsExpected(server);
  const serveHttp1 = takeListener(server, 'secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') secondary.emit('connection', withoutHalfOpen(socket));
    else serveHttp1(socket);
  });
  return server;
}

/** Expectations that we don't know may be ignored (RFC 9110, section 10.1.1). Node would refuse them, with nothing but a status. */
function serveWhateverIsExpected(server: Server): void {
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}

/** What Node's server does with a new connection, to be called for those that are HTTP/1.1. */
function takeListener(server: Server, event: string): (socket: Socket) => void {
  const [listener] = server.listeners(event);
  if (listener === undefined) throw new Error(`Node's server has no listener for ${event}`);
  server.removeListener(event, listener as () => void);
  return (socket) => void Reflect.apply(listener, server, [socket]);
}

/** HTTP servers accept half-open sockets, which HTTP/2 would keep until its idle timeout after the client has gone. */
function withoutHalfOpen<Kind extends Socket>(socket: Kind): Kind {
  socket.allowHalfOpen = false;
  return socket;
}
