import type { TenantId } from '#app/kernel';

/** Does something for every tenant, also behind one for which it fails: that one's keys must not hold up the others'. Rejects then. */
export async function eachTenant(
  tenants: Iterable<TenantId>,
  work: (tenantId: TenantId) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const tenantId of tenants) await work(tenantId).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
