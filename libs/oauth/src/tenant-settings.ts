import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import { tenantNotFound } from './oauth.errors.js';

/** What this library needs to know of a tenant, whose row is identity's. */
export interface TenantSettings {
  /** What the tenant is called; shown to its users. */
  readonly tenantName: string;
  readonly redirectAllowList: readonly string[];
  readonly defaultUserVerifyUrl: string | null;
  /** Neither suspended nor shredded. */
  readonly tenantActive: boolean;
}

/** As they are now, in the caller's transaction. */
export async function readTenantSettings(em: EntityManager, tenantId: TenantId): Promise<TenantSettings> {
  const [row] = await em.query<TenantSettings[]>(SETTINGS, [tenantId]);
  if (row === undefined) throw tenantNotFound();
  return row;
}

/** The columns of {@link TenantSettings}, of a row of `tenants` named `t`. */
export const TENANT_SETTINGS = `t.name AS "tenantName", t.redirect_allow_list AS "redirectAllowList",
  t.default_user_verify_url AS "defaultUserVerifyUrl", t.status = 'active' AS "tenantActive"`;

const SETTINGS = `SELECT ${TENANT_SETTINGS} FROM tenants t WHERE t.tenant_id = $1`;
