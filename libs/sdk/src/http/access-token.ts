import { GatehouseError } from '../gatehouse-error.js';
import { errorOf } from './problem.js';
import { Deadline } from './deadline.js';

/** A token is renewed so long before its end that a request can't be overtaken by it. */
const MARGIN_MS = 60_000;

/** What it takes to ask for a token. */
export interface TokenSource {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

/** The access token of the API client: fetched when it is first needed, and once for all who wait for it. */
export class AccessToken {
  readonly #source: TokenSource;
  #current: { readonly value: string; readonly renewAt: number } | null = null;
  #pending: Promise<string> | null = null;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** A token that is valid as far as the client knows. An abort ends the waiting, not the request that others wait for too. */
  async get(signal: AbortSignal): Promise<string> {
    if (this.#current !== null && Date.now() < this.#current.renewAt) return this.#current.value;
    this.#pending ??= this.#fetch().finally(() => (this.#pending = null));
    return waitFor(this.#pending, signal);
  }

  /** The server refused this token. One that has been replaced meanwhile stays. */
  discard(token: string): void {
    if (this.#current?.value === token) this.#current = null;
  }

  async #fetch(): Promise<string> {
    const { tokenUrl, clientId, clientSecret, fetch, timeoutMs } = this.#source;
    const deadline = new Deadline(timeoutMs, undefined);
    try {
      const response = await fetch(tokenUrl, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
        }),
        redirect: 'error',
        signal: deadline.signal,
      });
      if (!response.ok) throw await errorOf(response);
      return this.#keep(await response.json());
    } catch (error) {
      throw error instanceof GatehouseError ? error : deadline.explain(error);
    } finally {
      deadline.release();
    }
  }

  #keep(answer: unknown): string {
    const { access_token: value, expires_in: seconds } = answer as { access_token?: unknown; expires_in?: unknown };
    if (typeof value !== 'string' || typeof seconds !== 'number')
      throw new GatehouseError('invalid_response', 'The token endpoint answered something that holds no token.');
    this.#current = { value, renewAt: Date.now() + Math.max(0, seconds * 1000 - MARGIN_MS) };
    return value;
  }
}

function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
