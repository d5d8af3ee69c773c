import type { RequestContext } from '#app/kernel';
import type { AnswerKeeper } from './answer-keeper.js';
import type { AttemptState } from './decide-refresh.js';
import type { RefreshEndings } from './refresh-endings.js';
import type { AttemptEnd, RefreshJournal } from './refresh-journal.js';
import { RefreshLease } from './refresh-lease.js';
import type { Material } from './refresh-material.js';
import { RefreshRedemption } from './refresh-redemption.js';
import type { RefreshAnswer, RefreshRequest } from './refresh-request.js';
import type { RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';
import { Stopwatch } from './stopwatch.js';

interface Situation {
  readonly answer: RefreshAnswer;
  readonly state?: AttemptState;
  readonly rotates?: boolean;
  /** How long ago the lease was confirmed. */
  readonly elapsed?: number;
}

/** What is written down, and whether the request might leave. */
async function redeemed({ answer, state = 'ready', rotates = true, elapsed = 0 }: Situation) {
  const written: { left?: boolean; reason?: string; end?: AttemptEnd } = {};
  const request = {
    prepare: () => ({}),
    redeem: async (_prepared: unknown, mayLeave: () => boolean) => {
      written.left = mayLeave();
      return answer;
    },
  } as unknown as RefreshRequest;
  const endings = {
    dead: async (...[, , , , { reason }]: Parameters<RefreshEndings['dead']>) => {
      written.reason = reason;
      return true;
    },
    failed: async (...[, , , end]: Parameters<RefreshEndings['failed']>) => void (written.end = end),
  } as unknown as RefreshEndings;
  const journal = { begin: async () => true } as unknown as RefreshJournal;
  const timings = new RefreshTimings();
  const redemption = new RefreshRedemption(request, {} as AnswerKeeper, endings, journal, timings);
  const watch = Object.assign(new Stopwatch(), { elapsedMs: () => elapsed });
  const entry = { state, firstSentAt: null, sentAt: null, failures: 0, retryAt: null };
  const lease = new RefreshLease(1, entry, 0, timings.leaseMs, watch);
  await redemption.redeem({} as RequestContext, {} as RefreshSubject, lease, { settings: { rotates } } as Material);
  return written;
}

describe('a redemption', () => {
  const dead = { kind: 'dead_grant', code: 'invalid_grant' } as const;
  const outage = { kind: 'outage', code: 'http_500', retryAfterMs: null } as const;

  it('R3 leaves only while enough is left of the lease', async () => {
    const { leaseMs, sendMarginMs } = new RefreshTimings();
    const last = leaseMs - sendMarginMs;
    expect((await redeemed({ answer: outage, elapsed: last - 1 })).left).toBe(true);
    expect((await redeemed({ answer: outage, elapsed: last })).left).toBe(false);
  });

  it.each([
    ['ready', true, 'invalid_grant'],
    ['unanswered', true, 'refresh_outcome_lost'],
    ['sending', true, 'refresh_outcome_lost'],
    // Where tokens don't rotate an earlier attempt can't have spent it
    ['unanswered', false, 'invalid_grant'],
  ] as const)('R2 that is refused behind %s (rotates: %p) ends for the true reason', async (state, rotates, reason) => {
    expect((await redeemed({ answer: dead, state, rotates })).reason).toBe(reason);
  });

  it.each([
    ['ready', true, 'ready'],
    ['unanswered', true, 'unanswered'],
    ['sending', true, 'unanswered'],
    ['unanswered', false, 'ready'],
  ] as const)('R2 that fails behind %s (rotates: %p) leaves it %s', async (state, rotates, left) => {
    expect((await redeemed({ answer: outage, state, rotates })).end?.state).toBe(left);
  });
});
