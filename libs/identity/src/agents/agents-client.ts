import { hash, randomBytes } from 'node:crypto';
import { newId, type ClientId, type RequestContext, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiClientEntity } from '../entities/api-client.entity.js';
import { IDENTITY_JOURNAL, type IdentityJournal } from '../identity-journal.js';

const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('gatehouse.agents_client ' || $1, 0))`;
const FIND = 'SELECT client_id AS "clientId" FROM agent_settings WHERE tenant_id = $1';
const KEEP = 'INSERT INTO agent_settings (tenant_id, client_id) VALUES ($1, $2)';

/**
 * The API client in whose name agents work whose users signed them in. The tenant limits it like any other (its tools, its
 * permissions), and ends all of them at once by disabling it. Nobody knows its secret until the tenant makes a new one.
 */
@Injectable()
export class AgentsClient {
  constructor(@Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal) {}

  /** Made in this transaction of the tenant when there is none yet. */
  async ensure(em: EntityManager, tenantId: TenantId, ctx: Pick<RequestContext, 'requestId' | 'source'>) {
    await em.query(LOCK, [tenantId]);
    const [found] = await em.query<{ clientId: ClientId }[]>(FIND, [tenantId]);
    return found?.clientId ?? this.make(em, tenantId, ctx);
  }

  private async make(
    em: EntityManager,
    tenantId: TenantId,
    { requestId, source }: Pick<RequestContext, 'requestId' | 'source'>,
  ): Promise<ClientId> {
    const id = newId('client');
    const secretHash = hash('sha256', randomBytes(32), 'buffer');
    const permissions = ['tools:read' as const, 'tools:execute' as const];
    const row = { tenantId, id, name: 'agents that users signed in', secretHash, permissions, allowedTools: null };
    await em.insert(ApiClientEntity, row);
    await em.query(KEEP, [tenantId, id]);
    const detail = { api_client: id, permissions };
    await this.journal.record({ tenantId, requestId, source, type: 'api_client.created', clientId: null, detail }, em);
    return id;
  }
}
