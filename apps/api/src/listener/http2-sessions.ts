import { constants, type Http2Server, type Http2Session, type ServerHttp2Stream } from 'node:http2';

export interface SessionLimits {
  /** After how long without any call a connection is closed. */
  readonly idleMs: number;
  /** For the body of a request to arrive; and for the first request of a connection. */
  readonly bodyMs: number;
}

/** The HTTP/2 connections of a server, and what Node leaves to its users about them: limits in time, and a stop that loses no call. */
export class Http2Sessions {
  private readonly open = new Set<Http2Session>();
  private closing = false;

  constructor(
    server: Http2Server,
    private readonly limits: SessionLimits,
  ) {
    server.on('session', (session: Http2Session) => this.watch(session));
    server.on('stream', (stream: ServerHttp2Stream) => limitBody(stream, limits));
  }

  /** Lets the calls under way finish. Those that were sent meanwhile are refused in a way that tells clients to send them again. */
  end(): void {
    this.closing = true;
    for (const session of this.open) session.close();
  }

  private watch(session: Http2Session): void {
    this.open.add(session);
    session.once('close', () => this.open.delete(session));
    session.setTimeout(this.limits.idleMs, () => session.close());
    this.limitSilence(session);
    // a connection that breaks is no event: the calls on it hear of it by themselves
    session.on('error', () => session.destroy());
    if (this.closing) session.close();
  }

  /** A connection stays open when it is idle because of the requests that it had. Without any, it only takes up room. */
  private limitSilence(session: Http2Session): void {
    const late = setTimeout(() => session.destroy(), this.limits.bodyMs);
    const stop = (): void => clearTimeout(late);
    session.once('stream', stop).once('close', stop);
  }
}

function limitBody(stream: ServerHttp2Stream, { bodyMs }: SessionLimits): void {
  // there is none to wait for, and the answer may take as long as it likes
  if (stream.endAfterHeaders) return;
  const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), bodyMs);
  const stop = (): void => clearTimeout(late);
  stream.once('end', stop).once('close', stop);
}
