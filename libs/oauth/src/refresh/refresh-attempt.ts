import type { RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { AccessTokenProbe } from './access-token-probe.js';
import { decideRefresh, type AccessTokenEvidence, type RefreshStep } from './decide-refresh.js';
import { keepRenewing } from './lease-renewal.js';
import { RefreshJournal } from './refresh-journal.js';
import type { RefreshLease } from './refresh-lease.js';
import { RefreshMaterial, type Material } from './refresh-material.js';
import { RefreshRedemption } from './refresh-redemption.js';
import type { RefreshOutcome, RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';

/** What those who wait for a refresh have seen. Added to while it is under way. */
export interface CallerEvidence {
  /** The provider refused the access token in a call. */
  refused: boolean;
}

const MOVED: RefreshOutcome = { kind: 'moved' };

/** One turn of the holder of the lease: decides by what the journal says, does it, and gives the lease back. */
@Injectable()
export class RefreshAttempt {
  constructor(
    private readonly materials: RefreshMaterial,
    private readonly probe: AccessTokenProbe,
    private readonly redemption: RefreshRedemption,
    private readonly journal: RefreshJournal,
    private readonly timings: RefreshTimings,
  ) {}

  /** Null when the lease was lost before anything was sent. */
  async run(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    evidence: CallerEvidence,
  ): Promise<RefreshOutcome | null> {
    const stop = keepRenewing(subject, lease, { journal: this.journal, timings: this.timings });
    try {
      const material = await this.materials.find(ctx, subject);
      const step = material === null ? null : await this.decide(lease, material, evidence);
      if (material !== null && step?.do === 'send') return await this.redemption.redeem(ctx, subject, lease, material);
      return step === null ? MOVED : outcomeOf(step, lease);
    } finally {
      stop();
      // Has no effect once the end of the attempt is written, and none on what the journal says
      await this.journal.release(subject, lease).catch(() => undefined);
    }
  }

  private async decide(lease: RefreshLease, material: Material, evidence: CallerEvidence): Promise<RefreshStep> {
    let probe: AccessTokenEvidence['probe'] = null;
    for (;;) {
      const step = decideRefresh({
        now: lease.now(),
        journal: lease.journal,
        token: { expired: material.expired, refused: evidence.refused, probe },
        facts: material.settings,
        times: this.timings,
      });
      if (step.do !== 'probe') return step;
      probe = await this.probe.ask(material);
    }
  }
}

function outcomeOf(step: RefreshStep, lease: RefreshLease): RefreshOutcome {
  if (step.do !== 'wait') return { kind: 'keep' };
  const why = step.because === 'owner_silent' ? 'no_answer' : 'provider_unavailable';
  return { kind: 'unavailable', why, retryAfterMs: Math.max(0, step.until - lease.now()) };
}
