import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { KeyOrder } from './node-store.js';

// Held until the transaction ends, so that orders become visible in the order of their numbers and none is ever skipped
const ONE_AT_A_TIME = `SELECT pg_advisory_xact_lock(hashtextextended('gatehouse.key_orders', 0))`;
const ADD = 'INSERT INTO key_orders (tenant_id) VALUES ($1) RETURNING number';

/**
 * Orders every node to drop the keys of this tenant, as part of a transaction that changes them. Give it last: others wait for
 * the end of this transaction. Returns what to wait for once that is committed.
 */
export async function giveOrder(em: EntityManager, tenantId: TenantId): Promise<KeyOrder> {
  await em.query(ONE_AT_A_TIME);
  const [row]: { number: string }[] = await em.query(ADD, [tenantId]);
  return { number: Number(row?.number), tenantId };
}
