import { RefreshLease } from './refresh-lease.js';
import { Stopwatch } from './stopwatch.js';

const JOURNAL = { state: 'ready', firstSentAt: null, sentAt: null, failures: 0, retryAt: null } as const;

/** One that stands still. */
const at = (elapsed: number): Stopwatch => Object.assign(new Stopwatch(), { elapsedMs: () => elapsed });
const leaseAfter = (elapsed: number): RefreshLease => new RefreshLease(1, JOURNAL, 1_000_000, 20_000, at(elapsed));

describe('RefreshLease', () => {
  it('goes on with the database’s clock from when it was taken, also once it is renewed', () => {
    const lease = leaseAfter(300);
    lease.renewed(at(0));
    expect(lease.now()).toBe(1_000_300);
  });

  it('is surely held while the margin is left of it', () => {
    expect([0, 14_999, 15_000, 20_000].map((elapsed) => leaseAfter(elapsed).isSurelyHeld(5000))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('begins anew with its renewal, and not after somebody else has taken it', () => {
    const lease = leaseAfter(30_000);
    lease.renewed(at(0));
    expect(lease.isSurelyHeld(5000)).toBe(true);
    lease.lose();
    expect(lease.isSurelyHeld(5000)).toBe(false);
  });
});

describe('Stopwatch', () => {
  const clocks = { wall: Date.now, monotonic: performance.now.bind(performance) };
  afterEach(() => {
    Date.now = clocks.wall;
    performance.now = clocks.monotonic;
  });

  it.each([
    ['slept', 60_000, 0],
    ['was set back', -60_000, 60_000],
  ])('counts the time of a machine that %s', (_, wall, monotonic) => {
    const watch = new Stopwatch();
    Date.now = () => clocks.wall() + wall;
    performance.now = () => clocks.monotonic() + monotonic;
    expect(watch.elapsedMs()).toBeGreaterThanOrEqual(60_000);
  });
});
