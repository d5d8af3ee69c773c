import { atEndOfTurn } from '#app/kernel';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { EgressError, type EgressErrorKind } from './egress-error.js';
import type { EgressRequest, EgressResponse } from './egress-request.js';

/** So many pieces of an answer are made one. A provider that sends each byte by itself would have us keep an object for each. */
const FOLDED = 1_000;

type Limits = Pick<EgressRequest, 'timeoutMs' | 'maxResponseBytes' | 'signal' | 'mayLeave'>;

/**
 * One request and its answer: collects the body, keeps time and size within their limits, and knows at every moment whether the
 * request may have reached the provider.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<EgressResponse>;
  private settle!: { resolve: (response: EgressResponse) => void; reject: (error: EgressError) => void };
  private settled = false;
  private controller: Dispatcher.DispatchController | null = null;
  private status = 0;
  private headers: Record<string, string> = {};
  private readonly chunks: Buffer[] = [];
  private unfolded = 0;
  private size = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly limits: Limits) {
    this.response = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.timer = setTimeout(this.onTimeout, limits.timeoutMs);
    limits.signal?.addEventListener('abort', this.onAbort);
    if (limits.signal?.aborted) this.onAbort();
    else if (limits.timeoutMs <= 0) this.onTimeout();
  }

  get over(): boolean {
    return this.settled;
  }

  /** A connection is there and the request is written in this same tick. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Timed out or aborted while it waited for a connection. Throwing takes it out of undici's queue unwritten.
    if (this.limits.mayLeave?.() === false) this.fail('aborted', 'The request was not to be sent any more');
    if (this.settled) throw new Error('The exchange is over');
    this.controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = flatten(headers);
    const { 'content-encoding': encoding = 'identity', 'content-length': length } = this.headers;
    if (status >= 300 && status < 400 && status !== 304)
      return this.fail('redirect', `The provider answered with a redirect (${status}), which is never followed`);
    if (encoding.toLowerCase() !== 'identity')
      return this.fail('network', 'The provider compressed its answer although it was asked not to');
    if (Number(length) > this.limits.maxResponseBytes) this.failTooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.limits.maxResponseBytes) return this.failTooLarge();
    this.chunks.push(chunk);
    this.unfolded += 1;
    if (this.unfolded < FOLDED) return;
    this.chunks.push(Buffer.concat(this.chunks.splice(-FOLDED)));
    this.unfolded = 0;
  }

  onResponseEnd(): void {
    if (!this.finish()) return;
    const [only] = this.chunks;
    const body = this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks, this.size);
    const response = { status: this.status, headers: this.headers, body };
    atEndOfTurn(() => this.settle.resolve(response));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: string }): void {
    if (error instanceof EgressError) return this.failWith(error);
    const { code = error.name } = error;
    if (code === 'UND_ERR_CONNECT_TIMEOUT')
      return this.fail('timeout', 'The provider could not be connected to in time');
    if (code === 'UND_ERR_HEADERS_OVERFLOW') return this.failTooLarge();
    if (this.status !== 0) return this.fail('truncated', `The provider's answer broke off (${code})`);
    this.fail('network', `The connection to the provider failed (${code})`);
  }

  private readonly onTimeout = (): void =>
    this.fail('timeout', `The provider did not answer within ${this.limits.timeoutMs} ms`);

  private readonly onAbort = (): void => this.fail('aborted', 'The caller went away');

  private failTooLarge(): void {
    this.fail('too_large', `The provider's answer is larger than ${this.limits.maxResponseBytes} bytes`);
  }

  private fail(kind: EgressErrorKind, message: string): void {
    this.failWith(new EgressError(kind, message, this.controller !== null));
  }

  private failWith(error: EgressError): void {
    if (!this.finish()) return;
    this.settle.reject(error);
    this.controller?.abort(error);
  }

  /** False when the exchange was over already. */
  private finish(): boolean {
    if (this.settled) return false;
    this.settled = true;
    clearTimeout(this.timer);
    this.limits.signal?.removeEventListener('abort', this.onAbort);
    return true;
  }
}

function flatten(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    // Cookies would be a credential of the provider's that nobody here asked for
    if (value === undefined || name === 'set-cookie') continue;
    flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
