import { GatehouseError, isGatehouseError } from '../gatehouse-error.js';
import { AccessToken } from './access-token.js';
import { Deadline } from './deadline.js';
import { errorOf } from './problem.js';
import { type Query, withQuery } from './query.js';
import { delayBeforeRetry, type Repeatable } from './retry.js';

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_RETRIES = 2;

/** How to reach a Gatehouse. */
export interface GatehouseOptions {
  /** Where it listens, such as `https://gatehouse.example.com`. */
  readonly url: string;
  /** Id of the API client (`skc_…`). */
  readonly clientId: string;
  /** Secret of the API client. It belongs to your server, never to a browser. */
  readonly clientSecret: string;
  /** Replaces the global `fetch`: for proxies, tracing, tests. */
  readonly fetch?: typeof fetch;
  /** The longest that a method may take, its retries included. 60 seconds if left out. */
  readonly timeoutMs?: number;
  /** How often a request that is safe to repeat is sent again. 2 if left out. */
  readonly maxRetries?: number;
}

/** Every method takes these as its last argument. */
export interface CallOptions {
  /** Ends the call; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Replaces the client's `timeoutMs` for this call. */
  readonly timeoutMs?: number | undefined;
}

export interface Request extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
  readonly idempotencyKey?: string;
  /** Left out, it follows from the method: a GET is always repeatable. */
  readonly repeatable?: Repeatable;
}

/** Sends requests: with a token, within the time limit, again where that is safe. */
export class Transport {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #token: AccessToken;
  readonly #timeoutMs: number;
  readonly #maxRetries: number;

  constructor(options: GatehouseOptions) {
    this.#base = baseOf(options);
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#maxRetries = options.maxRetries ?? DEFAULT_RETRIES;
    this.#token = new AccessToken({
      tokenUrl: `${this.#base}/oauth/token`,
      clientId: options.clientId,
      clientSecret: options.clientSecret,
      fetch: this.#fetch,
      timeoutMs: this.#timeoutMs,
    });
  }

  /** The parsed answer. */
  async json(request: Request): Promise<unknown> {
    const deadline = this.#deadline(request);
    try {
      return await this.#withRetries(request, deadline, async () => {
        const response = await this.#send(request, deadline);
        return parse(await response.text(), response);
      });
    } finally {
      deadline.release();
    }
  }

  /** The body as it comes in. The time limit is that of the longest silence. */
  async *stream(request: Request): AsyncGenerator<Uint8Array, void, undefined> {
    const deadline = this.#deadline(request);
    try {
      const response = await this.#withRetries(request, deadline, () => this.#send(request, deadline));
      if (response.body === null) return;
      for await (const chunk of chunksOf(response.body)) {
        deadline.extend();
        yield chunk;
      }
    } catch (error) {
      throw isGatehouseError(error) ? error : deadline.explain(error);
    } finally {
      deadline.release();
    }
  }

  #deadline({ timeoutMs, signal }: CallOptions): Deadline {
    return new Deadline(timeoutMs ?? this.#timeoutMs, signal);
  }

  async #withRetries<T>(request: Request, deadline: Deadline, attempt: () => Promise<T>): Promise<T> {
    const repeatable = request.repeatable ?? (request.method === 'GET' ? 'always' : 'if_refused');
    for (let done = 0; ; done++) {
      try {
        return await attempt();
      } catch (cause) {
        const error = isGatehouseError(cause) ? cause : deadline.explain(cause);
        if (!isGatehouseError(error)) throw error;
        const delay = done < this.#maxRetries ? delayBeforeRetry(error, done, repeatable) : null;
        if (delay === null || !deadline.allows(delay)) throw error.withIdempotencyKey(request.idempotencyKey);
        await deadline.wait(delay).catch((reason: unknown) => {
          throw deadline.explain(reason);
        });
      }
    }
  }

  /** One request, and a second one with a new token if the first one's was refused. */
  async #send(request: Request, deadline: Deadline): Promise<Response> {
    const token = await this.#token.get(deadline.signal);
    const response = await this.#sendWith(token, request, deadline);
    if (response.ok) return response;
    const error = await errorOf(response);
    if (error.status !== 401) throw error;
    this.#token.discard(token);
    const second = await this.#sendWith(await this.#token.get(deadline.signal), request, deadline);
    if (!second.ok) throw await errorOf(second);
    return second;
  }

  #sendWith(token: string, { method, path, query, body, idempotencyKey }: Request, { signal }: Deadline) {
    return this.#fetch(withQuery(this.#base + path, query), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, application/x-ndjson, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: bodyOf(body) }),
      // a redirect would carry arguments, and a token, to where nobody asked for
      redirect: 'error',
      signal,
    });
  }
}

function baseOf({ url, clientId, clientSecret }: GatehouseOptions): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError('url: must be the http or https URL of a Gatehouse');
  for (const [name, value] of Object.entries({ clientId, clientSecret }))
    if (typeof value !== 'string' || value === '') throw new TypeError(`${name}: must be set`);
  return url.replace(/\/+$/, '');
}

/** A BigInt or a circle is the caller's mistake, and named as such. */
function bodyOf(body: object): string {
  try {
    return JSON.stringify(body, exact);
  } catch (cause) {
    if (isGatehouseError(cause)) throw cause;
    throw new GatehouseError('invalid_arguments', 'The arguments can not be written as JSON.', { cause });
  }
}

/** JSON has no NaN, and would make null of it, which means "left out"; an integer that has lost digits already names something else. */
function exact(name: string, value: unknown): unknown {
  if (typeof value !== 'number' || (Number.isFinite(value) && !isInexact(value))) return value;
  throw new GatehouseError(
    'invalid_arguments',
    Number.isFinite(value)
      ? `${name}: an integer this large has lost digits. Send it as a text.`
      : `${name}: must be a number that JSON can write, not ${value}.`,
  );
}

const isInexact = (value: number): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);

function parse(text: string, response: Response): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw new GatehouseError('invalid_response', 'The answer is not JSON, so it is not one of Gatehouse.', {
    status: response.status,
  });
}

/** By reader, since not every runtime can iterate a stream. Leaving early cancels the request. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}
