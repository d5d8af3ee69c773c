import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { KeyOrder, NodeStore } from './nodes/node-store.js';
import type { KeyDestruction } from './rotation/key-destruction.js';
import type { DataKeys, KeyOverviews } from './rotation/key-overview.js';
import type { KeyRotation } from './rotation/key-rotation.js';
import type { Reencryption } from './rotation/reencryption.js';
import type { Rewrapping } from './rotation/rewrapping.js';
import type { MasterKeys } from './seal/master-keys.js';
import type { Shredding } from './shredding.js';
import type { KeyContext } from './vault-journal.js';

interface Parts {
  readonly rotation: KeyRotation;
  readonly overviews: KeyOverviews;
  readonly reencryption: Reencryption;
  readonly destruction: KeyDestruction;
  readonly rewrapping: Rewrapping;
  readonly shredding: Shredding;
  readonly masterKeys: MasterKeys;
  readonly nodes: NodeStore;
  readonly sealsDue: number;
}

/** The life of data keys: rotated, sealed anew from, rewrapped, destroyed. */
export class KeyManagement {
  constructor(private readonly parts: Parts) {}

  /** The data keys of a tenant and what is sealed with them. */
  overview(tenantId: TenantId): Promise<DataKeys> {
    return this.parts.overviews.get(tenantId);
  }

  /**
   * Gives the tenant a new data key, with which every node seals once this resolves to its version. What is there is sealed anew
   * by {@link reencrypt}.
   */
  rotate(ctx: KeyContext): Promise<number> {
    return this.parts.rotation.rotate(ctx);
  }

  /** For a job: rotates keys that have sealed their share, and ends what was interrupted. */
  rotateDue(): Promise<void> {
    return this.parts.rotation.resume(this.parts.sealsDue);
  }

  /** For a job: seals anew what retired keys have sealed, then destroys those that are not needed any more. */
  async reencrypt(): Promise<void> {
    try {
      await this.parts.reencryption.run();
    } finally {
      // Also when a tenant's rows could not be sealed anew: other tenants' were
      await this.parts.destruction.run();
    }
  }

  /** Rows that retired keys still seal, of all tenants, by the store that they are in; as of the last {@link reencrypt} of this node. */
  get rowsLeft(): ReadonlyMap<string, number> {
    return this.parts.destruction.left;
  }

  /** Names the master key with which this node wraps data keys. */
  async masterKeyId(): Promise<string> {
    return (await this.parts.masterKeys.current()).keyId;
  }

  /** For a job: wraps with the current master key what a previous one wrapped. */
  rewrap(): Promise<void> {
    return this.parts.rewrapping.run();
  }

  /** For a job: deletes leases and orders that mean nothing any more. */
  clear(): Promise<void> {
    return this.parts.nodes.clear();
  }

  /** See {@link Shredding}. */
  destroyKeys(em: EntityManager, tenantId: TenantId): Promise<KeyOrder> {
    return this.parts.shredding.destroyKeys(em, tenantId);
  }

  /** Deletes the wrapping key that a key service keeps for this tenant alone, if it does. */
  async forgetTenant(tenantId: TenantId): Promise<void> {
    for (const provider of await this.parts.masterKeys.all()) await provider.forgetTenant?.(tenantId);
  }

  allDropped(order: KeyOrder): Promise<void> {
    return this.parts.shredding.allDropped(order);
  }
}
