import { TenantDatabase } from '#app/database';
import { AppError, INSTALLATION_TENANT, isId, type RequestContext, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantEntity } from './entities/tenant.entity.js';
import { noSuchTenant } from './identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityJournal } from './identity-journal.js';
import { eventOf, findTenant, TenantAdministration } from './tenant-administration.js';
import { TENANT_KEYS, type TenantKeys } from './tenant-keys.js';
import { toSummary, type TenantSummary } from './tenant.js';

const DISABLE_CLIENTS = `
  UPDATE api_clients SET status = 'disabled', version = version + 1, updated_at = now()
  WHERE tenant_id = $1 AND status <> 'disabled'`;

/**
 * Ends a tenant for good: its keys are destroyed, so that whatever they sealed is unreadable, wherever copies of it lie. Once this
 * resolves, no node can open anything of the tenant, and every call for it is refused.
 */
@Injectable()
export class TenantShredding {
  constructor(
    private readonly database: TenantDatabase,
    private readonly tenants: TenantAdministration,
    @Inject(TENANT_KEYS) private readonly keys: TenantKeys,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
  ) {}

  /**
   * For the operator, and for a tenant itself. Safe to ask for again: when it fails behind the point of no return (a node does not
   * answer, a key service is away), that goes on where it was.
   *
   * @param confirmation the id again, since this can't be undone
   */
  async shred(ctx: RequestContext, id: string, confirmation: string): Promise<TenantSummary> {
    const tenantId = allowed(ctx, id);
    if (confirmation !== id) throw notConfirmed();
    const { order, tenant } = await this.database.withTenant(tenantId, (em) => this.end(em, ctx, tenantId));
    this.journal.tenantChanged(tenantId);
    await this.keys.allDropped(order);
    await this.keys.forgetTenant(tenantId);
    return tenant;
  }

  private async end(em: EntityManager, ctx: RequestContext, tenantId: TenantId) {
    if ((await findTenant(em, tenantId)).status !== 'shredded')
      await this.tenants.requireToEnd(em, ctx, tenantId, tenantId === ctx.tenantId ? 'tenant:write' : undefined);
    const before = await findTenant(em, tenantId, 'for update');
    if (before.status !== 'shredded') {
      await em.update(TenantEntity, { tenantId }, { status: 'shredded' });
      await em.query(DISABLE_CLIENTS, [tenantId]);
      await this.journal.record(eventOf(ctx, tenantId, 'tenant.shredded'), em);
    }
    const tenant = toSummary(await findTenant(em, tenantId));
    // Last, since every other change of keys waits for this transaction from here on
    return { tenant, order: await this.keys.destroyKeys(em, tenantId) };
  }
}

/** Another tenant's is there for the operator only. */
function allowed({ tenantId, caller }: RequestContext, id: string): TenantId {
  const operator = caller?.permissions.has('installation:operate') === true;
  if (!isId('tenant', id) || id === INSTALLATION_TENANT || (id !== tenantId && !operator)) throw noSuchTenant();
  return id;
}

const notConfirmed = (): AppError => {
  const message = 'must be the id of the tenant: shredding can not be undone';
  return new AppError('invalid_arguments', `confirm: ${message}`, { errors: [{ field: 'confirm', message }] });
};
