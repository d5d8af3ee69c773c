import { TenantDatabase } from '#app/database';
import type { RequestContext, TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantEntity } from './entities/tenant.entity.js';
import { tenantNotFound } from './identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityJournal } from './identity-journal.js';

/** A customer of this installation, as it sees itself. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  /** Whether its audit trail keeps arguments and results in full instead of redacted. Secrets are left out either way. */
  readonly auditFullPayloads: boolean;
  readonly createdAt: Date;
}

/** What is absent stays as it is. */
export type TenantChanges = Partial<Pick<Tenant, 'name' | 'auditFullPayloads'>>;

/** What a tenant may see and change of itself. Tenants are made and suspended by the operator, not here. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly database: TenantDatabase,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
  ) {}

  get(ctx: RequestContext): Promise<Tenant> {
    return this.database.withTenant(ctx.tenantId, async (em) => toTenant(await find(em, ctx)));
  }

  /**
   * Changes and their record are one transaction. What is recorded of tool calls follows at once on this node, and within ten
   * seconds on others.
   */
  async update(ctx: RequestContext, changes: TenantChanges): Promise<Tenant> {
    const tenant = await this.database.withTenant(ctx.tenantId, async (em) => {
      const row = await find(em, ctx, 'for update');
      const { name = row.name, auditFullPayloads = row.auditFullPayloads } = changes;
      await em.update(TenantEntity, { tenantId: ctx.tenantId }, { name, auditFullPayloads });
      await this.record(ctx, row, { name, auditFullPayloads }, em);
      return toTenant(await find(em, ctx));
    });
    this.journal.tenantChanged(ctx.tenantId);
    return tenant;
  }

  /** Says what it was before, too: whoever reads the trail sees when it began to hold more, or less. */
  private record(
    { tenantId, requestId, source, caller }: RequestContext,
    before: Required<TenantChanges>,
    after: Required<TenantChanges>,
    em: EntityManager,
  ): Promise<void> {
    const clientId = caller?.clientId ?? null;
    const detail = { before: shown(before), after: shown(after) };
    return this.journal.record({ tenantId, requestId, source, type: 'tenant.updated', clientId, detail }, em);
  }
}

const shown = ({ name, auditFullPayloads }: Required<TenantChanges>) => ({
  name,
  audit_full_payloads: auditFullPayloads,
});

const toTenant = ({ tenantId, name, auditFullPayloads, createdAt }: TenantEntity): Tenant => ({
  id: tenantId,
  name,
  auditFullPayloads,
  createdAt,
});

async function find(em: EntityManager, { tenantId }: RequestContext, lock?: 'for update'): Promise<TenantEntity> {
  const options = lock === undefined ? {} : { lock: { mode: 'pessimistic_write' as const } };
  const row = await em.findOne(TenantEntity, { where: { tenantId }, ...options });
  if (row === null) throw tenantNotFound();
  return row;
}
