import type { TenantDatabase } from '#app/database';
import type { TenantId } from '#app/kernel';
import type { TenantKeyStore } from '../keyring/tenant-key-store.js';
import type { SealedRow, SealedStore } from '../resealing/sealed-store.js';
import type { SealedStores } from '../resealing/sealed-stores.js';
import { VaultOpenError } from '../vault.errors.js';
import type { Vault } from '../vault.js';
import { eachTenant } from './each-tenant.js';

const BATCH = 200;
const NOTE_FAILED = `
  INSERT INTO reseal_failures (tenant_id, store, failed) VALUES ($1, $2, $3)
  ON CONFLICT (tenant_id, store) DO UPDATE SET failed = excluded.failed, searched_at = now()`;

interface Resealed {
  readonly row: SealedRow;
  readonly records: readonly Buffer[];
}

/**
 * Seals anew, batch by batch, what is sealed with retired keys. What is left to do is what the rows say themselves, so it may be
 * killed at any point, begin again on any node, and run on several at once.
 */
export class Reencryption {
  constructor(
    private readonly keys: Pick<TenantKeyStore, 'tenantsWith' | 'primary'>,
    private readonly tenants: TenantDatabase,
    private readonly stores: SealedStores,
    private readonly vault: Pick<Vault, 'reseal'>,
  ) {}

  /** Every tenant that has a retired key. */
  async run(): Promise<void> {
    await eachTenant(await this.keys.tenantsWith('retired'), (tenantId) => this.runFor(tenantId));
  }

  async runFor(tenantId: TenantId): Promise<void> {
    const primary = await this.keys.primary(tenantId);
    if (primary === null) return;
    for (const store of this.stores.all()) {
      const failed = await this.reseal(store, tenantId, primary.version);
      await this.tenants.withTenant(tenantId, (em) => em.query(NOTE_FAILED, [tenantId, store.name, failed]));
    }
  }

  /** Returns how many rows could not be opened. They stay as they are, and keep their key alive. */
  private async reseal(store: SealedStore, tenantId: TenantId, keyVersion: number): Promise<number> {
    let failed = 0;
    let after: SealedRow | null = null;
    for (;;) {
      const rows: readonly SealedRow[] = await this.next(store, tenantId, { keyVersion, after });
      failed += await this.resealBatch(store, tenantId, rows);
      after = rows.at(-1) ?? null;
      if (rows.length < BATCH || after === null) return failed;
    }
  }

  private next(
    store: SealedStore,
    tenantId: TenantId,
    { keyVersion, after }: { keyVersion: number; after: SealedRow | null },
  ): Promise<readonly SealedRow[]> {
    return this.tenants.withTenant(tenantId, (em) => store.outdated(em, tenantId, { keyVersion, limit: BATCH, after }));
  }

  /** Opened and sealed outside of the transaction, which then lasts for the writes alone. */
  private async resealBatch(store: SealedStore, tenantId: TenantId, rows: readonly SealedRow[]): Promise<number> {
    const resealed: Resealed[] = [];
    for (const row of rows) {
      const records = await this.anew(row);
      if (records !== null) resealed.push({ row, records });
    }
    // One that was changed in the meantime was sealed with the new key then, or is found by the next run
    if (resealed.length > 0)
      await this.tenants.withTenant(tenantId, async (em) => {
        for (const { row, records } of resealed) await store.replace(em, tenantId, row, records);
      });
    return rows.length - resealed.length;
  }

  private async anew({ records }: SealedRow): Promise<Buffer[] | null> {
    if (records === null) return null;
    try {
      return await Promise.all(records.map(({ binding, sealed }) => this.vault.reseal(binding, sealed)));
    } catch (error) {
      if (error instanceof VaultOpenError) return null;
      throw error;
    }
  }
}
