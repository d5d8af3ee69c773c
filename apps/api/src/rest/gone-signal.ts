import type { ServerHttp2Stream } from 'node:http2';
import type { Writable } from 'node:stream';
import type { CancelSignal } from '#app/kernel';

interface Listened {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

export type Connection = Pick<Writable, 'destroyed' | 'writableFinished'> & Listened;

/** Aborts when the connection closes before the answer is out. Listens to it only while somebody waits to hear of that. */
export class GoneSignal implements CancelSignal {
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly connection: Connection) {}

  get aborted(): boolean {
    return this.connection.destroyed && !this.connection.writableFinished;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.listeners.length === 0) this.connection.once('close', this.onClose);
    this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.listeners.indexOf(listener);
    if (at === -1) return;
    this.listeners.splice(at, 1);
    if (this.listeners.length === 0) this.connection.off('close', this.onClose);
  }

  private readonly onClose = (): void => {
    if (!this.aborted) return;
    for (const listener of this.listeners.splice(0)) listener();
  };
}

/**
 * A stream of HTTP/2 in place of a connection. Node ends the writing side of one that its client has given up, so that it looks as
 * if all had been said; that it was given up is told apart.
 */
export class StreamConnection implements Connection {
  constructor(private readonly stream: Pick<ServerHttp2Stream, 'destroyed' | 'aborted'> & Listened) {}

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  get writableFinished(): boolean {
    return !this.stream.aborted;
  }

  once(event: 'close', listener: () => void): void {
    this.stream.once(event, listener);
  }

  off(event: 'close', listener: () => void): void {
    this.stream.off(event, listener);
  }
}
