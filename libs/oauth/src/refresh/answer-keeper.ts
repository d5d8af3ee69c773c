import { isUniqueViolation } from '#app/database';
import type { RequestContext } from '#app/kernel';
import { isTenantShredded } from '#app/vault';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import { RefreshCounts } from './refresh-counts.js';
import type { RefreshLease } from './refresh-lease.js';
import type { Material } from './refresh-material.js';
import type { RefreshGrant } from './refresh-request.js';
import { RefreshStorage, type SealedAnswer, type StorageVerdict } from './refresh-storage.js';
import type { RefreshSubject } from './refresh-subject.js';
import { RefreshTimings } from './refresh-timings.js';
import { pause } from './pause.js';
import { Stopwatch } from './stopwatch.js';

const LONGEST_PAUSE_MS = 5000;

type Kept = Exclude<StorageVerdict, 'contested'> | 'lost';

/**
 * Keeps what a provider issued until it is stored. A lost answer may lose the account, so that this goes on for as long as it makes
 * sense: through an outage of the database or of the keys, and whether the lease could be renewed or not.
 */
@Injectable()
export class AnswerKeeper {
  constructor(
    private readonly storage: RefreshStorage,
    private readonly timings: RefreshTimings,
    private readonly counts: RefreshCounts,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Returns what became of it, also when it is lost. */
  async keep(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    material: Material,
    grant: RefreshGrant,
  ): Promise<Kept> {
    const kept = await this.tryFor(ctx, subject, lease, material, grant);
    this.counts.add(kept === 'stored' ? 'refreshed' : kept === 'lost' ? 'lost' : 'discarded');
    return kept;
  }

  private async tryFor(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    material: Material,
    grant: RefreshGrant,
  ): Promise<Kept> {
    const since = new Stopwatch();
    let sealed: SealedAnswer | null = null;
    for (let wait = this.timings.pollMs; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        sealed ??= await this.storage.seal(subject, material, grant);
        const verdict = await this.storage.store(ctx, subject, lease, sealed);
        if (verdict !== 'contested') return verdict;
      } catch (error) {
        // The tokens of a revoked account were queued, and the acknowledgement was lost
        if (isUniqueViolation(error)) return 'given_up';
        // Nobody may read it ever again, so it is not kept in memory either
        if (isTenantShredded(error)) return 'given_up';
        this.logger.warn({ err: error, account: subject.id }, 'A refreshed credential could not be stored yet');
      }
      if (since.elapsedMs() > this.timings.storeForMs) return this.giveUp(subject);
      await pause(wait);
    }
  }

  private giveUp({ id }: RefreshSubject): 'lost' {
    this.logger.error({ account: id }, 'A refreshed credential could not be stored and is lost');
    return 'lost';
  }
}
