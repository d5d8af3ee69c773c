import { readRevokeAnswer } from './revoke-answer.js';
import { nextAttempt } from './revocation-times.js';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const DAY = 24 * 3_600_000;

const read = (status: number, body = '', headers = {}, tokenIn: 'header' | 'form' = 'form') =>
  readRevokeAnswer({ status, headers, body: Buffer.from(body) }, tokenIn, NOW);

describe('readRevokeAnswer', () => {
  it.each([
    ['200, also for a token that is unknown', 200, '', 'form'],
    ['204', 204, '', 'form'],
    ['401 to the bearer token itself', 401, '', 'header'],
    ['400 that names the token', 400, '{"error":"invalid_token"}', 'form'],
    ['404 that names the token', 404, '{"errors":[{"code":"token_not_found"}]}', 'header'],
  ] as const)('takes %s for done', (_, status, body, tokenIn) => {
    expect(read(status, body, {}, tokenIn)).toEqual({ kind: 'done' });
  });

  it.each([
    ['401 to the app', 401, '{"error":"invalid_client"}'],
    ['403', 403, ''],
    ['404', 404, 'no such page'],
    ['429', 429, ''],
    ['500', 500, ''],
    ['503', 503, ''],
  ])('tries again after %s', (_, status, body) => {
    expect(read(status, body)).toEqual({ kind: 'retry', error: `http_${status}`, afterMs: null });
  });

  it('does not repeat what the provider can’t do', () => {
    expect(read(400, '{"error":"unsupported_token_type"}')).toEqual({
      kind: 'hopeless',
      error: 'unsupported_token_type',
    });
  });

  it.each([
    ['120', 120_000],
    ['Wed, 25 Nov 2026 12:01:00 GMT', 60_000],
    ['Wed, 25 Nov 2026 11:00:00 GMT', 0],
    ['99999999', DAY],
    ['soon', null],
  ])('reads Retry-After: %s', (text, afterMs) => {
    expect(read(503, '', { 'retry-after': text })).toMatchObject({ afterMs });
  });
});

describe('nextAttempt', () => {
  const createdAt = new Date(NOW);
  const wait = (attempts: number, more: { now?: number; afterMs?: number | null } = {}): number | null => {
    const now = more.now ?? NOW;
    const at = nextAttempt({ createdAt, attempts }, { now, afterMs: more.afterMs ?? null, random: 1 });
    return at === null ? null : at.getTime() - now;
  };

  it('waits twice as long each time, up to an hour', () => {
    expect([1, 2, 3, 30, 3_000].map((attempts) => wait(attempts))).toEqual([
      5_000, 10_000, 20_000, 3_600_000, 3_600_000,
    ]);
  });

  it('waits at least as long as the provider asks for', () => {
    expect(wait(1, { afterMs: 90_000 })).toBe(90_000);
  });

  it('tries a last time at the end of the week, and then no more', () => {
    expect(wait(30, { now: NOW + 7 * DAY - 1_000 })).toBe(1_000);
    expect(wait(30, { now: NOW + 7 * DAY })).toBeNull();
  });
});
