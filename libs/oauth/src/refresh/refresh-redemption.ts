import type { RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { AnswerKeeper } from './answer-keeper.js';
import { RefreshEndings } from './refresh-endings.js';
import { RefreshJournal, type AttemptEnd } from './refresh-journal.js';
import type { RefreshLease } from './refresh-lease.js';
import type { Material } from './refresh-material.js';
import { RefreshRequest, type RefreshAnswer, type RefreshGrant } from './refresh-request.js';
import { backoffAfter } from './refresh-schedule.js';
import type { RefreshOutcome, RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';

type Refusal = Exclude<RefreshAnswer, { kind: 'issued' }>;

/** Sends the refresh token, once it is written down that this is about to happen, and writes what came of it. */
@Injectable()
export class RefreshRedemption {
  constructor(
    private readonly request: RefreshRequest,
    private readonly keeper: AnswerKeeper,
    private readonly endings: RefreshEndings,
    private readonly journal: RefreshJournal,
    private readonly timings: RefreshTimings,
  ) {}

  /** Null when the lease was over, or the credential another one, before anything was sent. */
  async redeem(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    material: Material,
  ): Promise<RefreshOutcome | null> {
    const prepared = this.request.prepare(material);
    await this.timings.reach('before_journal');
    if (!(await this.journal.begin(subject, lease))) return null;
    await this.timings.reach('before_send');
    const mayLeave = (): boolean => lease.isSurelyHeld(this.timings.sendMarginMs);
    const answer = await this.request.redeem(prepared, mayLeave);
    await this.timings.reach('after_answer');
    return answer.kind === 'issued'
      ? this.keep(ctx, subject, lease, material, answer.grant)
      : this.refused(ctx, subject, lease, material, answer);
  }

  private async keep(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    material: Material,
    grant: RefreshGrant,
  ): Promise<RefreshOutcome> {
    const verdict = await this.keeper.keep(ctx, subject, lease, material, grant);
    return verdict === 'lost' ? { kind: 'unavailable', why: 'no_answer', retryAfterMs: 0 } : { kind: 'moved' };
  }

  private async refused(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    material: Material,
    answer: Refusal,
  ): Promise<RefreshOutcome> {
    const doubtful = material.settings.rotates && lease.journal.state !== 'ready';
    if (answer.kind === 'dead_grant') {
      // Refused, because an earlier attempt of ours spent the token and its answer is lost: that is the true reason
      const reason = doubtful ? 'refresh_outcome_lost' : answer.code;
      const expired = await this.endings.dead(ctx, subject, material, lease, { reason, code: answer.code });
      return expired ? { kind: 'expired', reason } : { kind: 'moved' };
    }
    const end = endOf(answer, doubtful, lease.journal.failures + 1);
    await this.endings.failed(ctx, subject, lease, end);
    return { kind: 'unavailable', why: end.result, retryAfterMs: end.retryAfterMs };
  }
}

type Failure = Exclude<Refusal, { kind: 'dead_grant' }>;

function endOf(
  answer: Failure,
  doubtful: boolean,
  failures: number,
): AttemptEnd & { result: (typeof RESULTS)[keyof typeof RESULTS] } {
  const asked = 'retryAfterMs' in answer ? answer.retryAfterMs : null;
  return {
    state: doubtful || answer.kind === 'no_answer' ? 'unanswered' : 'ready',
    notSent: answer.kind === 'not_sent',
    result: RESULTS[answer.kind],
    code: answer.code,
    retryAfterMs: backoffAfter(failures, asked),
  };
}

const RESULTS = {
  outage: 'provider_unavailable',
  not_sent: 'provider_unavailable',
  app_refused: 'app_refused',
  no_answer: 'no_answer',
} as const;
