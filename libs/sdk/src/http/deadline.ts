import { GatehouseError } from '../gatehouse-error.js';

/**
 * One signal out of the caller's own and a time limit. `AbortSignal.any` would do the same, but keeps its sources alive in some
 * versions of Node; this one lets go when `release` is called.
 */
export class Deadline {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout>;
  #endsAt: number;
  #timedOut = false;

  constructor(
    private readonly timeoutMs: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    this.#endsAt = Date.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#expire(), timeoutMs);
    outer?.addEventListener('abort', this.#follow, { once: true });
    if (outer?.aborted) this.#follow();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether so many milliseconds are left. */
  allows(delayMs: number): boolean {
    return !this.signal.aborted && Date.now() + delayMs < this.#endsAt;
  }

  /** Starts the time limit anew: for a stream, which may be long but not silent. */
  extend(): void {
    clearTimeout(this.#timer);
    this.#endsAt = Date.now() + this.timeoutMs;
    this.#timer = setTimeout(() => this.#expire(), this.timeoutMs);
  }

  /** Must be called when the work is over, whatever came of it. */
  release(): void {
    clearTimeout(this.#timer);
    this.outer?.removeEventListener('abort', this.#follow);
  }

  /** What to throw for a failure of the network: an abort of the caller as it is, our own limit by its name. */
  explain(cause: unknown): unknown {
    if (this.outer?.aborted) return this.outer.reason;
    if (this.#timedOut)
      return new GatehouseError('request_timeout', `No answer from Gatehouse within ${this.timeoutMs} ms.`, { cause });
    return new GatehouseError('connection_failed', `Gatehouse could not be reached: ${reasonOf(cause)}`, {
      cause,
      retryable: true,
    });
  }

  /** Resolves after the delay, or rejects with the signal's reason. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(done, delayMs);
      const { signal } = this;
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      function done(): void {
        signal.removeEventListener('abort', stop);
        resolve();
      }
      function stop(): void {
        clearTimeout(timer);
        reject(signal.reason as Error);
      }
    });
  }

  readonly #follow = (): void => this.#controller.abort(this.outer?.reason);

  #expire(): void {
    this.#timedOut = true;
    this.#controller.abort(new Error('timed out'));
  }
}

/** `fetch` says "fetch failed" and keeps what happened in its cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  return inner instanceof Error && inner.message !== '' ? inner.message : cause.message;
}
