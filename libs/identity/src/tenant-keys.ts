import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';

/** "The keys of this tenant have changed", as every node was told. */
export interface KeysOrder {
  readonly number: number;
  readonly tenantId: TenantId;
}

/**
 * What identity needs of the vault to end a tenant. The two are neighbours that do not import each other: the composition root
 * provides the vault under {@link TENANT_KEYS}.
 */
export interface TenantKeys {
  /** Destroys the tenant's keys and all that they sealed, as part of the transaction. Returns the order to wait for afterwards. */
  destroyKeys(em: EntityManager, tenantId: TenantId): Promise<KeysOrder>;
  /** Resolves when no node holds a key any more that was destroyed by this order. Throws `not_available`; then ask again. */
  allDropped(order: KeysOrder): Promise<void>;
  /** Deletes what a key service keeps for this tenant alone. Harmless when that is gone already. */
  forgetTenant(tenantId: TenantId): Promise<void>;
}

/** Injection token for the {@link TenantKeys}. */
export const TENANT_KEYS = Symbol('TenantKeys');
