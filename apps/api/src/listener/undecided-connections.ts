import type { Socket } from 'node:net';

/** Every HTTP/2 connection begins with `PRI * HTTP/2.0`, and no method of HTTP/1.1 with these letters. */
const PREFACE = Buffer.from('PRI');

export interface Choice {
  readonly http1: () => void;
  readonly http2: () => void;
}

/**
 * Connections in cleartext of which it is not known yet what they speak. As many of their first bytes are read as it takes to tell
 * HTTP/2 from HTTP/1.1, and put back when they are handed over. One that says nothing is closed: the limits of Node's servers begin
 * with that.
 */
export class UndecidedConnections {
  private readonly sockets = new Set<Socket>();
  private closing = false;

  /** @param silenceMs how long a connection may stay silent before it is known what it speaks */
  constructor(private readonly silenceMs: number) {}

  decide(socket: Socket, choice: Choice): void {
    if (this.closing) {
      socket.destroy();
      return;
    }
    let first: Buffer = Buffer.alloc(0);
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      const protocol = protocolOf(first);
      if (protocol === null) return;
      stop();
      socket.unshift(first);
      choice[protocol]();
    };
    const giveUp = (): void => void socket.destroy();
    const stop = (): void => {
      this.sockets.delete(socket);
      socket
        .off('readable', onReadable)
        .off('timeout', giveUp)
        .off('error', giveUp)
        .off('end', giveUp)
        .off('close', stop);
      socket.setTimeout(0);
    };
    this.sockets.add(socket);
    socket.setTimeout(this.silenceMs);
    socket.on('readable', onReadable).on('timeout', giveUp).on('error', giveUp).on('end', giveUp).on('close', stop);
  }

  /** When the server closes: nobody is waiting for an answer on these. */
  end(): void {
    this.closing = true;
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Null as long as it may be either. */
function protocolOf(first: Buffer): keyof Choice | null {
  const compared = Math.min(first.length, PREFACE.length);
  if (first.compare(PREFACE, 0, compared, 0, compared) !== 0) return 'http1';
  return compared === PREFACE.length ? 'http2' : null;
}
