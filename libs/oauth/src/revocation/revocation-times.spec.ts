import { loadConfig } from '#app/config';
import { LEASE_MS, nextAttempt } from './revocation-times.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const WEEK = 7 * 24 * HOUR;

/** How long after `now` the next attempt is; null when there is none. */
const waitAfter = (
  attempts: number,
  { now = 0, afterMs = null, random = 1 }: { now?: number; afterMs?: number | null; random?: number } = {},
): number | null => {
  const next = nextAttempt({ createdAt: new Date(0), attempts }, { now, afterMs, random });
  return next === null ? null : next.getTime() - now;
};

describe('when a revocation is tried again', () => {
  it('waits twice as long each time, up to an hour', () => {
    expect([1, 2, 3, 10, 11, 1_000].map((attempts) => waitAfter(attempts))).toEqual(
      [5, 10, 20, 2_560, 3_600, 3_600].map((seconds) => seconds * SECOND),
    );
  });

  it('waits a random half of that at most less, so that not all come at the same moment', () => {
    expect([0, 0.5, 1].map((random) => waitAfter(3, { random }))).toEqual([10_000, 15_000, 20_000]);
  });

  it('waits as long as the provider asks for, where that is longer', () => {
    expect([90_000, 1_000].map((afterMs) => waitAfter(1, { afterMs }))).toEqual([90_000, 5_000]);
  });

  it('tries for the last time when a week is over, however long the provider asks for, and not again', () => {
    expect(waitAfter(1, { now: WEEK - HOUR, afterMs: 24 * HOUR })).toBe(HOUR);
    expect(waitAfter(200, { now: WEEK - 1 })).toBe(1);
    expect(waitAfter(200, { now: WEEK })).toBeNull();
  });
});

describe('the time that a node has for one revocation', () => {
  it('is more than its requests take, one for each of two tokens', () => {
    const { exchangeTimeoutMs } = loadConfig({}).oauth;
    expect(LEASE_MS).toBeGreaterThan(2 * exchangeTimeoutMs);
  });
});
