import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { SealBinding } from '../barrier/seal-binding.js';

/** One sealed value, and what it is bound to as its row says now. */
export interface SealedRecord {
  readonly binding: SealBinding;
  readonly sealed: Buffer;
}

export interface SealedRow {
  /** What names the row within its store and tenant. Opaque to the vault. */
  readonly key: readonly unknown[];
  /** The bytes as they are stored. */
  readonly stored: Buffer;
  /** What is in them, taken apart; null when they are damaged. */
  readonly records: readonly SealedRecord[] | null;
}

/** How many rows hold a record that was sealed with this version of the tenant's data key; 0 stands for what is no record. */
export interface RowsOfKey {
  readonly keyVersion: number;
  readonly rows: number;
}

export interface Batch {
  /** Rows with a record of any other key version are wanted. */
  readonly keyVersion: number;
  readonly limit: number;
  /** Only rows behind this one; null from the first. */
  readonly after: SealedRow | null;
}

/**
 * A place where a library keeps sealed values, as the vault needs to see it in order to seal them anew when a data key is rotated
 * and to forget them when a tenant is shredded. The library that owns the rows rebuilds what they are bound to; the vault knows
 * no table but its own.
 *
 * Every method works inside of the tenant's transaction that it is given.
 */
export interface SealedStore {
  /** In reports of progress, such as `credentials`. */
  readonly name: string;
  countByKey(em: EntityManager, tenantId: TenantId): Promise<readonly RowsOfKey[]>;
  /** The next rows to seal anew, in the order of their keys. */
  outdated(em: EntityManager, tenantId: TenantId, batch: Batch): Promise<readonly SealedRow[]>;
  /**
   * Puts records in the place of a row's old ones, in the same order. False, and nothing is changed, when the row no longer holds
   * the bytes it was read with: a refresh or a new consent was quicker, and what it stored must not be lost.
   */
  replace(em: EntityManager, tenantId: TenantId, row: SealedRow, records: readonly Buffer[]): Promise<boolean>;
  /** Deletes every sealed value of the tenant. */
  forget(em: EntityManager, tenantId: TenantId): Promise<void>;
}
