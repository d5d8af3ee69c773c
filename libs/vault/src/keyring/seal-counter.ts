import { AppError, type TenantId } from '#app/kernel';
import { LRUCache } from 'lru-cache';
import type { DataKey } from '../barrier/data-key.js';
import type { Keyring } from './keyring.js';
import type { TenantKeyStore } from './tenant-key-store.js';

export interface SealLimits {
  /** Seals that a node takes at once. What is left of them when it ends is lost, which is the safe side. */
  readonly block: number;
  /** So many make a new key due. GCM with random nonces allows 2^32 under one key; ours are derived per record besides. */
  readonly rotateAt: number;
  /** With more than that no key seals, whatever kept the rotation from happening. */
  readonly most: number;
}

export const SEAL_LIMITS: SealLimits = { block: 2 ** 20, rotateAt: 2 ** 30, most: 2 ** 31 };

const MOST_TENANTS = 10_000;
const ATTEMPTS = 3;

interface Block {
  readonly version: number;
  left: number;
}

/**
 * Counts what each data key seals, over all nodes and restarts: a node takes a block of seals in the database before it makes the
 * first of them. A key that has given out as many as it should is replaced.
 */
export class SealCounter {
  private readonly blocks = new LRUCache<TenantId, Block>({ max: MOST_TENANTS });
  private readonly taking = new Map<TenantId, Promise<void>>();

  constructor(
    private readonly keyring: Pick<Keyring, 'primary' | 'drop'>,
    private readonly store: Pick<TenantKeyStore, 'reserveSeals'>,
    private readonly whenSpent: (tenantId: TenantId) => void,
    private readonly limits: SealLimits = SEAL_LIMITS,
  ) {}

  /** The tenant's primary key, for one seal. */
  async keyForOneSeal(tenantId: TenantId): Promise<DataKey> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const key = await this.keyring.primary(tenantId);
      const block = this.blocks.get(tenantId);
      if (block?.version === key.version && block.left > 0) {
        block.left -= 1;
        return key;
      }
      await this.takeBlock(tenantId, key.version);
    }
    throw new AppError(
      'not_available',
      'The data key of this tenant has sealed as much as it may, and a new one could not be made yet. Try again in a moment.',
    );
  }

  /** Callers that find the block used up at the same time take one further block together. */
  private takeBlock(tenantId: TenantId, version: number): Promise<void> {
    const running = this.taking.get(tenantId);
    if (running !== undefined) return running;
    const started = this.reserve(tenantId, version).finally(() => this.taking.delete(tenantId));
    this.taking.set(tenantId, started);
    return started;
  }

  private async reserve(tenantId: TenantId, version: number): Promise<void> {
    const { block, most, rotateAt } = this.limits;
    const reserved = await this.store.reserveSeals({ tenantId, version }, block, most);
    // Retired by another node, perhaps: what this node takes for the primary key is out of date
    if (reserved === null) this.keyring.drop(tenantId);
    else this.blocks.set(tenantId, { version, left: block });
    if (reserved === null || reserved >= rotateAt) this.whenSpent(tenantId);
  }
}
