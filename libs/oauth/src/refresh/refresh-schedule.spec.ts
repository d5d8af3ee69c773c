import { backoffAfter, renewalTimes } from './refresh-schedule.js';

const MINUTE = 60_000;
const timesOf = (life: number) => renewalTimes({ issuedAt: 0, expiresAt: life }, 'ca_1 0');

describe('when a token is renewed', () => {
  it.each([
    ['an hour: five minutes ahead', 60 * MINUTE, 5 * MINUTE],
    ['20 minutes: a tenth', 20 * MINUTE, 2 * MINUTE],
    ['5 minutes: a minute', 5 * MINUTE, MINUTE],
    ['a day: five minutes', 1440 * MINUTE, 5 * MINUTE],
    ['a minute: half of it', MINUTE, MINUTE / 2],
  ])('%s, and a little more', (_, life, ahead) => {
    const { dueAt, uselessAt } = timesOf(life);
    expect(life - dueAt).toBeGreaterThanOrEqual(ahead);
    expect(life - dueAt).toBeLessThanOrEqual(ahead * 1.25);
    expect(uselessAt).toBeGreaterThan(dueAt);
    expect(uselessAt).toBeLessThan(life);
  });

  it('is the same on every node, and another for every account and generation', () => {
    const due = (name: string) => renewalTimes({ issuedAt: 0, expiresAt: 60 * MINUTE }, name).dueAt;
    expect(due('ca_1 0')).toBe(due('ca_1 0'));
    expect(new Set(['ca_1 0', 'ca_1 1', 'ca_2 0'].map(due)).size).toBe(3);
  });

  it('R6 is never, where the provider does not say when it ends', () => {
    expect(renewalTimes({ issuedAt: 0, expiresAt: null }, 'x')).toEqual({ dueAt: Infinity, uselessAt: Infinity });
  });
});

describe('how long a failing refresh is left alone', () => {
  it.each([
    [1, null, 1000],
    [2, null, 2000],
    [7, null, MINUTE],
    [1000, null, MINUTE],
    [1, 30_000, 30_000],
    [1, -5, 1000],
    [1, 86_400_000, 10 * MINUTE],
  ])('after %p failures, asked for %p', (failures, asked, expected) => {
    expect(backoffAfter(failures, asked, () => 1)).toBe(expected);
  });
});
