import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { AllNodes } from './nodes/all-nodes.js';
import { giveOrder } from './nodes/give-order.js';
import type { KeyOrder } from './nodes/node-store.js';
import type { SealedStores } from './resealing/sealed-stores.js';

const DESTROY_ALL = `
  UPDATE tenant_keys SET state = 'destroyed', state_since = now(), wrapped_key = ''
  WHERE tenant_id = $1 AND state <> 'destroyed'`;

/** Destroys every key of a tenant, and with them whatever they sealed, wherever copies of that may lie. */
export class Shredding {
  constructor(
    private readonly stores: SealedStores,
    private readonly nodes: AllNodes,
  ) {}

  /** As part of the transaction that ends the tenant. Returns the order to wait for once that is committed. */
  async destroyKeys(em: EntityManager, tenantId: TenantId): Promise<KeyOrder> {
    for (const store of this.stores.all()) await store.forget(em, tenantId);
    await em.query(DESTROY_ALL, [tenantId]);
    return giveOrder(em, tenantId);
  }

  /** Resolves when no node can open anything of the tenant any more. Throws `not_available`; then ask again. */
  allDropped(order: KeyOrder): Promise<void> {
    return this.nodes.haveDone(order, 'dropped');
  }
}
