import { APP_CONFIG, type AppConfig } from '#app/config';
import { TenantDatabase } from '#app/database';
import type { RequestContext, TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TenantEntity } from './entities/tenant.entity.js';
import { tenantNotFound } from './identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityJournal } from './identity-journal.js';
import { checkRedirectSettings, type RedirectSettings } from './redirect-settings.js';

/** A customer of this installation, as it sees itself. */
export interface Tenant extends RedirectSettings {
  readonly id: TenantId;
  readonly name: string;
  /** Whether its audit trail keeps arguments and results in full instead of redacted. Secrets are left out either way. */
  readonly auditFullPayloads: boolean;
  readonly createdAt: Date;
}

type Changeable = Pick<Tenant, 'name' | 'auditFullPayloads' | keyof RedirectSettings>;

/** What is absent stays as it is. */
export type TenantChanges = Partial<Changeable>;

/** What a tenant may see and change of itself. Tenants are made and suspended by the operator, not here. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly database: TenantDatabase,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'production'>,
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
      const after = { ...changeable(row), ...changes };
      if (touchesRedirects(changes)) checkRedirectSettings(after, this.config.production);
      const { redirectAllowList, ...plain } = after;
      const values = { ...plain, redirectAllowList: [...redirectAllowList] };
      await em.update(TenantEntity, { tenantId: ctx.tenantId }, values);
      await this.record(ctx, changeable(row), after, em);
      return toTenant(await find(em, ctx));
    });
    this.journal.tenantChanged(ctx.tenantId);
    return tenant;
  }

  /** Says what it was before, too: whoever reads the trail sees when it began to hold more, or less. */
  private record(
    { tenantId, requestId, source, caller }: RequestContext,
    before: Changeable,
    after: Changeable,
    em: EntityManager,
  ): Promise<void> {
    const clientId = caller?.clientId ?? null;
    const detail = { before: shown(before), after: shown(after) };
    return this.journal.record({ tenantId, requestId, source, type: 'tenant.updated', clientId, detail }, em);
  }
}

/** Settings from before a stricter start (production) must not stand in the way of a change to something else. */
const touchesRedirects = ({ redirectAllowList, defaultUserVerifyUrl }: TenantChanges): boolean =>
  redirectAllowList !== undefined || defaultUserVerifyUrl !== undefined;

const changeable = ({ name, auditFullPayloads, redirectAllowList, defaultUserVerifyUrl }: Changeable): Changeable => ({
  name,
  auditFullPayloads,
  redirectAllowList,
  defaultUserVerifyUrl,
});

const shown = ({ name, auditFullPayloads, redirectAllowList, defaultUserVerifyUrl }: Changeable) => ({
  name,
  audit_full_payloads: auditFullPayloads,
  redirect_allow_list: [...redirectAllowList],
  default_user_verify_url: defaultUserVerifyUrl,
});

const toTenant = (row: TenantEntity): Tenant => ({ id: row.tenantId, ...changeable(row), createdAt: row.createdAt });

async function find(em: EntityManager, { tenantId }: RequestContext, lock?: 'for update'): Promise<TenantEntity> {
  const options = lock === undefined ? {} : { lock: { mode: 'pessimistic_write' as const } };
  const row = await em.findOne(TenantEntity, { where: { tenantId }, ...options });
  if (row === null) throw tenantNotFound();
  return row;
}
