import { TenantDatabase } from '#app/database';
import type { RequestContext } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockAccount, loseCredential } from '../accounts/account-store.js';
import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import type { RefreshResult } from '../entities/credential-refresh.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { RefreshCounts } from './refresh-counts.js';
import { RefreshJournal, type AttemptEnd } from './refresh-journal.js';
import type { RefreshLease } from './refresh-lease.js';
import type { Material } from './refresh-material.js';
import type { RefreshSubject } from './refresh-subject.js';

/** Writes how a refresh ended that brought no new credential. */
@Injectable()
export class RefreshEndings {
  constructor(
    private readonly database: TenantDatabase,
    private readonly journal: RefreshJournal,
    private readonly events: LifecycleEvents,
    private readonly counts: RefreshCounts,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The account stays as it is. */
  async failed(ctx: RequestContext, subject: RefreshSubject, lease: RefreshLease, end: AttemptEnd): Promise<void> {
    const failures = lease.journal.failures + 1;
    const { connectionId, id: account } = subject;
    const about = { connection: connectionId, account, result: end.result, code: end.code, failures };
    this.counts.add(end.result);
    this.logger.warn(about, 'A credential was not refreshed; its account stays connected');
    await this.database.withTenant(subject.tenantId, async (em) => {
      const written = await this.journal.end(em, subject, lease, end);
      if (!written || !isWorthARecord(failures)) return;
      const detail = { code: end.code, failures, retry_after_seconds: Math.ceil(end.retryAfterMs / 1000) };
      await this.events.record(ctx, 'connected_account.refresh_failed', subject, { reason: end.result, detail }, em);
    });
  }

  /**
   * The provider says that the authorization is over. The account expires, unless it has another credential by now: then the
   * refusal was about an older one. Returns whether it expired.
   */
  async dead(
    ctx: RequestContext,
    subject: RefreshSubject,
    { account }: Pick<Material, 'account'>,
    lease: RefreshLease,
    { reason, code }: { readonly reason: string; readonly code: string },
  ): Promise<boolean> {
    const { tenantId } = subject;
    const expired = await this.database.withTenant(tenantId, async (em) => {
      const locked = await lockAccount(em, tenantId, subject.id);
      if (locked === null || !(await isInUse(em, locked, subject))) return false;
      const end = { state: 'ready', notSent: false, result: RECONNECT, code, retryAfterMs: 0 } as const;
      // Somebody else sent it since: what they are told decides
      if (!(await this.journal.end(em, subject, lease, end))) return false;
      await loseCredential(em, locked, 'expired', reason);
      const details = { status: locked.status, reason, principalId: account.principal?.id ?? null, detail: { code } };
      await this.events.record(ctx, 'connected_account.expired', locked, details, em);
      return true;
    });
    this.counts.add(expired ? RECONNECT : 'discarded');
    return expired;
  }
}

const RECONNECT: RefreshResult = 'reconnect_needed';

/** Whether the locked account is active with exactly this credential. */
export const isInUse = async (
  em: EntityManager,
  { status, version }: ConnectedAccountEntity,
  subject: RefreshSubject,
): Promise<boolean> => {
  const { tenantId, id: accountId, generation } = subject;
  if (status !== 'ACTIVE' || version !== subject.version) return false;
  return em.existsBy(CredentialEntity, { tenantId, accountId, slot: 'active', version, generation });
};

/** The 1st, 2nd, 4th, 8th failure in a row and so on: an outage of days must not fill the trail. */
const isWorthARecord = (failures: number): boolean => (failures & (failures - 1)) === 0;
