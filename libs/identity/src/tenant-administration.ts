import { SystemDatabase, TenantDatabase } from '#app/database';
import {
  GIVEN_ON_PURPOSE,
  INSTALLATION_TENANT,
  PERMISSIONS,
  isId,
  newId,
  type Permission,
  type RequestContext,
  type TenantId,
} from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { toApiClient } from './api-client.js';
import type { ApiClientWithSecret } from './api-clients.service.js';
import { newClientSecret } from './client-secret.js';
import { ApiClientEntity } from './entities/api-client.entity.js';
import { TenantEntity } from './entities/tenant.entity.js';
import { alreadyShredded, lastOperator, noSuchTenant } from './identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityEvent, type IdentityJournal } from './identity-journal.js';
import { readPageRequest, toPage, type Page, type PageRequest } from './page.js';
import { PresentRights } from './present-rights.js';
import { toSummary, type TenantSummary } from './tenant.js';

export interface TenantWithClient extends ApiClientWithSecret {
  readonly tenant: TenantSummary;
}

const LIST = {
  name: 'identity_tenants',
  text: `SELECT tenant_id AS "tenantId", name, status, created_at AS "createdAt" FROM tenants
         WHERE tenant_id > $1 AND tenant_id <> $3 ORDER BY tenant_id LIMIT $2`,
};
const OTHER_OPERATORS = {
  name: 'identity_other_operators',
  text: `SELECT 1 FROM api_clients c JOIN tenants t ON t.tenant_id = c.tenant_id
         WHERE c.tenant_id <> $1 AND c.status = 'active' AND t.status = 'active'
           AND 'installation:operate' = ANY (c.permissions) LIMIT 1`,
};
const ONE_AT_A_TIME = `SELECT pg_advisory_xact_lock(hashtextextended('gatehouse.operators', 0))`;
const OPERATE = 'installation:operate' satisfies Permission;
/** A tenant's first client may do everything in its tenant, and nothing to others. */
const FIRST_CLIENT_PERMISSIONS = PERMISSIONS.filter(
  (permission) => permission !== OPERATE && !GIVEN_ON_PURPOSE.includes(permission),
);

/** The tenants of an installation, as its operator makes, suspends and resumes them. */
@Injectable()
export class TenantAdministration {
  constructor(
    private readonly system: SystemDatabase,
    private readonly database: TenantDatabase,
    private readonly rights: PresentRights,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
  ) {}

  /** In the order in which they were made. */
  async list(request: PageRequest): Promise<Page<TenantSummary>> {
    const { limit, after } = readPageRequest(request);
    const rows = await this.system.query<TenantEntity>(LIST, [after ?? '', limit + 1, INSTALLATION_TENANT]);
    return toPage(rows.map(toSummary), limit);
  }

  get(id: string): Promise<TenantSummary> {
    return this.within(id, async (em, tenantId) => toSummary(await findTenant(em, tenantId)));
  }

  /** A new tenant and its first API client, whose secret is shown this once. */
  async create(ctx: RequestContext, name: string): Promise<TenantWithClient> {
    await this.rights.require(ctx, OPERATE);
    const tenantId = newId('tenant');
    const id = newId('client');
    const { text: secret, digest: secretHash } = newClientSecret();
    return this.database.withTenant(tenantId, async (em) => {
      await em.insert(TenantEntity, { tenantId, name });
      const rights = { permissions: FIRST_CLIENT_PERMISSIONS, allowedTools: null };
      await em.insert(ApiClientEntity, { tenantId, id, name: 'first', secretHash, ...rights });
      await this.record(em, ctx, tenantId, 'tenant.created');
      const client = await em.findOneByOrFail(ApiClientEntity, { tenantId, id });
      return { tenant: toSummary(await findTenant(em, tenantId)), client: toApiClient(client), secret };
    });
  }

  /** From its next call on, on every node, nothing is done for the tenant. */
  suspend(ctx: RequestContext, id: string): Promise<TenantSummary> {
    return this.change(ctx, id, 'suspended');
  }

  resume(ctx: RequestContext, id: string): Promise<TenantSummary> {
    return this.change(ctx, id, 'active');
  }

  /**
   * For a transaction that ends a tenant, before anything else. Throws when the caller may not, or when nobody would be left who may
   * operate the installation. Other such transactions wait for this one, so that the last two operators can't end each other.
   */
  async requireToEnd(
    em: EntityManager,
    ctx: RequestContext,
    tenantId: TenantId,
    permission: Permission = OPERATE,
  ): Promise<void> {
    await em.query(ONE_AT_A_TIME);
    await this.rights.require(ctx, permission);
    const others = await this.system.query(OTHER_OPERATORS, [tenantId]);
    if (others.length === 0) throw lastOperator();
  }

  private async change(ctx: RequestContext, id: string, status: 'active' | 'suspended'): Promise<TenantSummary> {
    return this.within(id, async (em, tenantId) => {
      if (status === 'suspended') await this.requireToEnd(em, ctx, tenantId);
      else await this.rights.require(ctx, OPERATE);
      const before = await findTenant(em, tenantId, 'for update');
      if (before.status === 'shredded') throw alreadyShredded();
      if (before.status !== status) {
        await em.update(TenantEntity, { tenantId }, { status });
        await this.record(em, ctx, tenantId, status === 'active' ? 'tenant.resumed' : 'tenant.suspended');
      }
      return toSummary(await findTenant(em, tenantId));
    });
  }

  private within<T>(id: string, work: (em: EntityManager, tenantId: TenantId) => Promise<T>): Promise<T> {
    // The installation's own keys sign every token: it is no customer, and not there for this
    if (!isId('tenant', id) || id === INSTALLATION_TENANT) throw noSuchTenant();
    return this.database.withTenant(id, (em) => work(em, id));
  }

  private record(em: EntityManager, ctx: RequestContext, tenantId: TenantId, type: IdentityEvent['type']) {
    return this.journal.record(eventOf(ctx, tenantId, type), em);
  }
}

/** In the trail of the tenant that it happens to; the client may be another tenant's. */
export const eventOf = (
  { requestId, source, caller, tenantId: by }: RequestContext,
  tenantId: TenantId,
  type: IdentityEvent['type'],
): IdentityEvent => ({
  tenantId,
  requestId,
  source,
  type,
  clientId: caller?.clientId ?? null,
  detail: { by_tenant: by },
});

export async function findTenant(em: EntityManager, tenantId: TenantId, lock?: 'for update'): Promise<TenantEntity> {
  const options = lock === undefined ? {} : { lock: { mode: 'pessimistic_write' as const } };
  const row = await em.findOne(TenantEntity, { where: { tenantId }, ...options });
  if (row === null) throw noSuchTenant();
  return row;
}
