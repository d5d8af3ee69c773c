import type { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import type { CancelSignal } from '#app/kernel';

export type Connection = Pick<Writable, 'destroyed' | 'writableFinished'> & Pick<EventEmitter, 'once' | 'off'>;

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
