import { constants, type Http2Server, type Http2Session, type ServerHttp2Stream } from 'node:http2';

/** gRPC clients close idle connections after 15 minutes. Whoever closes first races with a call that is just being sent. */
const SESSION_IDLE_MS = 30 * 60_000;
/** For the body of a request, as for those of HTTP/1.1. */
const REQUEST_MS = 60_000;
/** In the first of two GOAWAY frames: streams that are on their way will still be served (RFC 9113, section 6.8). */
const LAST_STREAM_ID = 2 ** 31 - 1;
const FAREWELL_MS = 1_000;

/** The HTTP/2 connections of a server, and what Node leaves to its users about them: limits in time, and a stop that loses no call. */
export class Http2Sessions {
  private readonly open = new Set<Http2Session>();
  private closing = false;

  constructor(server: Http2Server) {
    server.on('session', (session: Http2Session) => this.watch(session));
    server.on('stream', limitBody);
  }

  /** Lets the calls under way finish, and those that the client sends before it hears of the end. */
  end(): void {
    this.closing = true;
    for (const session of this.open) sayFarewell(session);
  }

  private watch(session: Http2Session): void {
    this.open.add(session);
    session.once('close', () => this.open.delete(session));
    session.setTimeout(SESSION_IDLE_MS, () => session.close());
    // a connection that breaks is no event: the calls on it hear of it by themselves
    session.on('error', () => session.destroy());
    if (this.closing) session.close();
  }
}

function sayFarewell(session: Http2Session): void {
  const close = (): void => {
    clearTimeout(unanswered);
    if (!session.closed) session.close();
  };
  const unanswered = setTimeout(close, FAREWELL_MS);
  session.once('close', close);
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM_ID);
  // once it is answered, the client has read the GOAWAY before it
  if (!session.ping(close)) close();
}

function limitBody(stream: ServerHttp2Stream): void {
  const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), REQUEST_MS);
  const stop = (): void => clearTimeout(late);
  stream.once('end', stop).once('close', stop);
}
