import { backoffMs, headerWaitMs, rateLimitWaitMs } from './retry-policy.js';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const NAMES = { resetAt: 'X-RateLimit-Reset', resetAfter: 'ratelimit-reset', retryAfter: 'Retry-After' };

describe('headerWaitMs', () => {
  it.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    ['fractions of seconds', { 'retry-after': '0.5' }, 500],
    ['a date', { 'retry-after': 'Mon, 23 Nov 2026 12:00:30 GMT' }, 30_000],
    ['seconds to the reset', { 'ratelimit-reset': '12' }, 12_000],
    ['the epoch second of the reset', { 'x-ratelimit-reset': String(NOW / 1000 + 9) }, 9000],
    ['a reset that has passed', { 'x-ratelimit-reset': String(NOW / 1000 - 9) }, -9000],
    ['nothing', {}, null],
    ['nonsense', { 'retry-after': 'soon', 'x-ratelimit-reset': '-1' }, null],
  ])('reads %s', (_, headers: Record<string, string>, expected) => {
    expect(headerWaitMs(headers, NAMES, NOW)).toBe(expected);
  });
});

describe('rateLimitWaitMs', () => {
  it('adds jitter, never waits for a negative time, and not for more than an hour', () => {
    const half = () => 0.5;
    expect(rateLimitWaitMs({ 'retry-after': '7' }, NAMES, NOW, 1, half)).toBe(7125);
    expect(rateLimitWaitMs({ 'x-ratelimit-reset': '1' }, NAMES, NOW, 1, half)).toBe(125);
    expect(rateLimitWaitMs({ 'x-ratelimit-reset': '1795435200000' }, NAMES, NOW, 1, half)).toBe(3_600_125);
  });

  it('doubles from one second when no header helps', () => {
    expect([1, 2, 3].map((attempt) => rateLimitWaitMs({}, {}, NOW, attempt, () => 0))).toEqual([1000, 2000, 4000]);
  });
});

describe('backoffMs', () => {
  it('doubles, with half of it random', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, () => 0))).toEqual([100, 200, 400]);
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, () => 1))).toEqual([200, 400, 800]);
  });
});
