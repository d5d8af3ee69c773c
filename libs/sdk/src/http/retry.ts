import type { GatehouseError } from '../gatehouse-error.js';

/** How freely a request may be sent again. */
export type Repeatable =
  /** Sending it twice does what sending it once does: reads, and writes with an idempotency key. */
  | 'always'
  /** Only when the server said that nothing was done. */
  | 'if_refused';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;

/** Refusals before anything was done, which pass with time. */
const REFUSED_FOR_NOW = ['rate_limited', 'provider_rate_limited', 'not_available'];

/**
 * Milliseconds to wait before the request is sent again, or null when it must not be.
 *
 * `unknown_outcome` is never repeated: the write may have happened. `provider_error` and `timeout` are neither: the server tried
 * again already where that is safe.
 */
export function delayBeforeRetry(error: GatehouseError, attempt: number, repeatable: Repeatable): number | null {
  if (!mayRepeat(error, repeatable)) return null;
  const backoff = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
  if (error.retryAfter === undefined) return backoff;
  return error.retryAfter * 1000 > LONGEST_DELAY_MS ? null : Math.max(backoff, error.retryAfter * 1000);
}

function mayRepeat(error: GatehouseError, repeatable: Repeatable): boolean {
  if (REFUSED_FOR_NOW.includes(error.code)) return true;
  if (repeatable === 'if_refused') return false;
  if (error.code === 'connection_failed') return true;
  // a call with the same key is still running: asking again brings its outcome
  if (error.code === 'conflict') return error.retryAfter !== undefined;
  return error.code === 'invalid_response' && error.retryable;
}
