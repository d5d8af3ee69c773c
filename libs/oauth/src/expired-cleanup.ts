import { SystemDatabase, TenantDatabase } from '#app/database';
import { newId, type AccountId, type RequestContext, type TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockAccount } from './accounts/account-store.js';
import { WaitingConsents } from './accounts/waiting-consents.js';
import { ConnectTimes } from './connect/connect-times.js';
import { VerificationRequestEntity } from './entities/verification-request.entity.js';
import { LifecycleEvents } from './lifecycle-events.js';

interface ExpiredRequest {
  readonly tenantId: TenantId;
  readonly requestHash: Buffer;
  readonly accountId: AccountId;
}

export interface Purged {
  readonly links: number;
  readonly flows: number;
  readonly consents: number;
  readonly idempotencyKeys: number;
}

/** Removes what has run out: links, flows, idempotency keys, and consents that nobody vouched for. Safe to run on any node. */
@Injectable()
export class ExpiredCleanup {
  constructor(
    private readonly system: SystemDatabase,
    private readonly tenants: TenantDatabase,
    private readonly events: LifecycleEvents,
    private readonly times: ConnectTimes,
    private readonly waiting: WaitingConsents,
  ) {}

  async run(): Promise<Purged> {
    const now = this.times.now();
    return {
      consents: await this.destroyWaitingConsents(now),
      flows: await this.count(DELETE_FLOWS, now),
      // A link takes its flows with it, so it stays for as long as one of them could still come back
      links: await this.count(DELETE_LINKS, this.times.forgettableLinks()),
      idempotencyKeys: await this.count(DELETE_IDEMPOTENCY_KEYS, now),
    };
  }

  private async count(statement: { name: string; text: string }, until: Date): Promise<number> {
    const [row] = await this.system.query<{ removed: number }>(statement, [until]);
    return row?.removed ?? 0;
  }

  private async destroyWaitingConsents(now: Date): Promise<number> {
    let destroyed = 0;
    for (const request of await this.system.query<ExpiredRequest>(EXPIRED_REQUESTS, [now]))
      if (await this.tenants.withTenant(request.tenantId, (em) => this.destroy(em, request))) destroyed++;
    return destroyed;
  }

  private async destroy(em: EntityManager, { tenantId, requestHash, accountId }: ExpiredRequest): Promise<boolean> {
    const account = await lockAccount(em, tenantId, accountId);
    const stillThere = await em.existsBy(VerificationRequestEntity, { tenantId, requestHash });
    if (account === null || !stillThere) return false;
    await this.waiting.refuse(em, account, 'expired');
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'job', caller: null };
    const details = { reason: 'expired', status: account.status };
    await this.events.record(ctx, 'connected_account.verification_refused', account, details, em);
    return true;
  }
}

const removal = (name: string, table: string) => ({
  name,
  text: `WITH gone AS (DELETE FROM ${table} WHERE expires_at <= $1 RETURNING 1) SELECT count(*)::int AS removed FROM gone`,
});

const DELETE_FLOWS = removal('oauth.delete_expired_flows', 'oauth_flows');
const DELETE_LINKS = removal('oauth.delete_expired_links', 'connect_links');
const DELETE_IDEMPOTENCY_KEYS = removal('oauth.delete_expired_idempotency_keys', 'idempotency_keys');

const EXPIRED_REQUESTS = {
  name: 'oauth.expired_verification_requests',
  text: `SELECT tenant_id AS "tenantId", request_hash AS "requestHash", account_id AS "accountId"
         FROM verification_requests WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000`,
};
