import type { TenantDatabase } from '#app/database';
import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { KeyRecord, TenantKeyStore } from '../keyring/tenant-key-store.js';
import type { SealedStore } from '../resealing/sealed-store.js';
import type { SealedStores } from '../resealing/sealed-stores.js';

/** One version of a tenant's data key, and how many rows it still seals. */
export interface KeyOverview extends KeyRecord {
  readonly rows: number;
}

/** How far the sealing anew of one kind of rows has got. */
export interface ResealProgress {
  readonly store: string;
  readonly total: number;
  /** Rows that are sealed with another key than the primary one. */
  readonly left: number;
  /** Rows that did not open when they were last tried. */
  readonly failed: number;
}

export interface DataKeys {
  readonly keys: readonly KeyOverview[];
  readonly progress: readonly ResealProgress[];
}

const FAILED = 'SELECT store, failed FROM reseal_failures WHERE tenant_id = $1';

/** What the vault can say about the data keys of a tenant without touching one. */
export class KeyOverviews {
  constructor(
    private readonly keys: Pick<TenantKeyStore, 'records'>,
    private readonly tenants: TenantDatabase,
    private readonly stores: SealedStores,
  ) {}

  async get(tenantId: TenantId): Promise<DataKeys> {
    const records = await this.keys.records(tenantId);
    const primary = records.find(({ state }) => state === 'primary')?.version ?? null;
    return this.tenants.withTenant(tenantId, async (em) => {
      const failures: { store: string; failed: number }[] = await em.query(FAILED, [tenantId]);
      const counts = await countAll(em, tenantId, this.stores.all());
      const keys = records.map((record) => ({
        ...record,
        rows: sum(counts.map(({ of }) => of.get(record.version) ?? 0)),
      }));
      const progress = counts.map(({ store, of }) => {
        const total = sum([...of.values()]);
        const left = total - (primary === null ? 0 : (of.get(primary) ?? 0));
        return { store, total, left, failed: failures.find((each) => each.store === store)?.failed ?? 0 };
      });
      return { keys, progress };
    });
  }
}

interface Count {
  readonly store: string;
  readonly of: ReadonlyMap<number, number>;
}

async function countAll(em: EntityManager, tenantId: TenantId, stores: readonly SealedStore[]): Promise<Count[]> {
  const counts: Count[] = [];
  for (const store of stores) {
    const rows = await store.countByKey(em, tenantId);
    counts.push({ store: store.name, of: new Map(rows.map(({ keyVersion, rows: count }) => [keyVersion, count])) });
  }
  return counts;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
