import { RefreshTimings } from './refresh-timings.js';

describe('the times of a refresh, where nobody bends them', () => {
  const times = new RefreshTimings();

  it('R1 let a provider take a minute, and whoever waits for another node wait for as long', () => {
    expect(times.requestTimeoutMs).toBeGreaterThan(60_000);
    expect(times.watchMs).toBeGreaterThan(times.requestTimeoutMs);
  });

  it('R3 renew a lease several times before it ends, and send with enough of it left for another renewal', () => {
    expect(times.renewEveryMs * 3).toBeLessThan(times.leaseMs);
    expect(times.sendMarginMs).toBeGreaterThanOrEqual(times.renewEveryMs);
    expect(times.sendMarginMs + times.renewEveryMs).toBeLessThan(times.leaseMs);
  });
});
