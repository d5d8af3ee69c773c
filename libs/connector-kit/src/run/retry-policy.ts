import type { CancelSignal } from '#app/kernel';
import type { RateLimitManifest } from '../manifest/manifest.js';

/** Waits, and rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: CancelSignal) => Promise<void>;

export const MAX_ATTEMPTS = 4;

const FIRST_BACKOFF_MS = 200;
const RATE_LIMIT_BACKOFF_MS = 1000;
/** Callers that a provider sends away together must not come back together. */
const JITTER_MS = 250;
/** A header that asks for more than this is a mistake, or milliseconds. */
const MAX_HEADER_WAIT_MS = 3_600_000;

/** Exponential, with the upper half of it random. `attempt` counts from 1. */
export function backoffMs(attempt: number, random = Math.random): number {
  return Math.round(FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + random() / 2));
}

/** How long a rate-limited caller should wait: what the headers say, else a backoff from one second. */
export function rateLimitWaitMs(
  headers: Readonly<Record<string, string>>,
  names: RateLimitManifest,
  now: number,
  attempt: number,
  random = Math.random,
): number {
  const asked = headerWaitMs(headers, names, now);
  const wait = asked ?? RATE_LIMIT_BACKOFF_MS * 2 ** (attempt - 1);
  return Math.round(Math.min(Math.max(wait, 0), MAX_HEADER_WAIT_MS) + random() * JITTER_MS);
}

/** What the headers ask for in milliseconds from now; null when they say nothing usable. */
export function headerWaitMs(
  headers: Readonly<Record<string, string>>,
  names: RateLimitManifest,
  now: number,
): number | null {
  const retryAfter = headerOf(headers, names.retryAfter);
  const seconds = numberOf(retryAfter) ?? numberOf(headerOf(headers, names.resetAfter));
  if (seconds !== null) return seconds * 1000;
  const resetAt = numberOf(headerOf(headers, names.resetAt));
  if (resetAt !== null) return resetAt * 1000 - now;
  const date = retryAfter === undefined ? Number.NaN : Date.parse(retryAfter);
  return Number.isNaN(date) ? null : date - now;
}

function headerOf(headers: Readonly<Record<string, string>>, name: string | undefined): string | undefined {
  return name === undefined ? undefined : headers[name.toLowerCase()];
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,13}(?:\.\d{1,6})?$/.test(text.trim()) ? Number(text) : null;
}
