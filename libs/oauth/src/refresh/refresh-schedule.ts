import { createHash } from 'node:crypto';

const MINUTE = 60_000;

/** How long before its end an access token is renewed: a tenth of its life, within these. */
const LEAST_AHEAD_MS = MINUTE;
const MOST_AHEAD_MS = 5 * MINUTE;
/** A token this close to its end may not live until the provider reads it. */
const LAST_MOMENTS_MS = 5000;

const FIRST_BACKOFF_MS = 1000;
const MOST_BACKOFF_MS = MINUTE;
/** A `Retry-After` of more is cut: what the provider says must not switch an account off for a day. */
const MOST_RETRY_AFTER_MS = 10 * MINUTE;

export interface TokenLife {
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Null when the provider does not say: then only a refusal tells. */
  readonly expiresAt: number | null;
}

export interface RenewalTimes {
  /** From then on it is renewed in the background of a call. */
  readonly dueAt: number;
  /** From then on a call waits for it. */
  readonly uselessAt: number;
}

/**
 * When an access token is to be renewed. `name` spreads what was issued at the same moment, and is the same on every node, so
 * that all of them agree.
 */
export function renewalTimes({ issuedAt, expiresAt }: TokenLife, name: string): RenewalTimes {
  if (expiresAt === null) return { dueAt: Infinity, uselessAt: Infinity };
  const life = Math.max(0, expiresAt - issuedAt);
  const ahead = Math.min(Math.max(life / 10, LEAST_AHEAD_MS), MOST_AHEAD_MS, life / 2);
  return {
    dueAt: expiresAt - ahead * (1 + spread(name) / 4),
    uselessAt: expiresAt - Math.min(LAST_MOMENTS_MS, life / 10),
  };
}

/** How long a failing refresh is left alone. `failures` counts from 1; the jitter keeps accounts of one provider apart. */
export function backoffAfter(failures: number, retryAfterMs: number | null, random = Math.random): number {
  const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 20), MOST_BACKOFF_MS);
  const asked = Math.min(Math.max(retryAfterMs ?? 0, 0), MOST_RETRY_AFTER_MS);
  return Math.round(Math.max(backoff * (0.75 + random() / 4), asked));
}

/** A number from 0 to 1 that a name always has. */
export const spread = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;
