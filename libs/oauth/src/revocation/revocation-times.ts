const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;
/** A provider that can't be told for a week is not asked any more, so that no ciphertext is kept without end. */
const GIVEN_UP_AFTER_MS = 7 * 24 * 3_600_000;

/** Longer than the requests of one revocation take: when a node has died over it, another takes over. */
export const LEASE_MS = 120_000;

/** How long ended revocations can be looked up. */
export const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * When to try again after attempt number `attempts`: twice as long each time, up to an hour, at least as long as the provider
 * asks for, and not at the same moment for all. Null when it has been tried for long enough. `random` is from 0 to 1.
 */
export function nextAttempt(
  { createdAt, attempts }: { readonly createdAt: Date; readonly attempts: number },
  { now, afterMs, random }: { readonly now: number; readonly afterMs: number | null; readonly random: number },
): Date | null {
  const end = createdAt.getTime() + GIVEN_UP_AFTER_MS;
  if (now >= end) return null;
  const doubled = Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_WAIT_MS);
  const wait = Math.max(doubled * (0.5 + random / 2), afterMs ?? 0);
  return new Date(Math.min(now + wait, end));
}
