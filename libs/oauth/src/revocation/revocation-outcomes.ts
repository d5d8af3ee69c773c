import type { LifecycleEventType } from '#app/audit';
import { TenantDatabase } from '#app/database';
import type { RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { ConnectTimes } from '../connect/connect-times.js';
import { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { nextAttempt } from './revocation-times.js';
import type { RevocationState } from './upstream-revocation.js';
import type { RevokeVerdict } from './revoke-answer.js';

type Ended = Exclude<RevocationState, 'pending'>;

const EVENT_OF: Record<Ended, LifecycleEventType> = {
  done: 'connected_account.upstream_revoked',
  skipped: 'connected_account.upstream_revoke_skipped',
  abandoned: 'connected_account.upstream_revoke_failed',
};

/** Writes down what came of a revocation; with its end go the ciphertexts, and the event into the trail. */
@Injectable()
export class RevocationOutcomes {
  constructor(
    private readonly database: TenantDatabase,
    private readonly events: LifecycleEvents,
    private readonly times: ConnectTimes,
  ) {}

  async record(ctx: RequestContext, row: UpstreamRevocationEntity, verdict: RevokeVerdict): Promise<void> {
    if (verdict.kind === 'done') return this.end(ctx, row, 'done', null);
    const { error } = verdict;
    const afterMs = verdict.kind === 'retry' ? verdict.afterMs : null;
    const random = Math.random();
    const next =
      verdict.kind === 'retry' ? nextAttempt(row, { now: this.times.now().getTime(), afterMs, random }) : null;
    if (next === null) return this.end(ctx, row, 'abandoned', error);
    const { tenantId, id } = row;
    await this.database.withTenant(tenantId, (em) =>
      em.update(
        UpstreamRevocationEntity,
        { tenantId, id, state: 'pending' },
        { lastError: error, nextAttemptAt: next },
      ),
    );
  }

  /** Once only, however many nodes come to the same end. */
  async end(ctx: RequestContext, row: UpstreamRevocationEntity, state: Ended, lastError: string | null): Promise<void> {
    const { tenantId, id, accountId, connectionId, identifier, scope, attempts } = row;
    const ended = { state, lastError, finishedAt: this.times.now(), sealed: null, clientSecretSealed: null };
    await this.database.withTenant(tenantId, async (em) => {
      const { affected } = await em.update(UpstreamRevocationEntity, { tenantId, id, state: 'pending' }, ended);
      if (affected !== 1) return;
      const subject = { id: accountId, connectionId, identifier };
      const detail = { revocation_id: id, scope, attempts, given_up_as: row.reason };
      const details = { reason: lastError, status: state, principalId: row.principalId, detail };
      await this.events.record(ctx, EVENT_OF[state], subject, details, em);
    });
  }
}
