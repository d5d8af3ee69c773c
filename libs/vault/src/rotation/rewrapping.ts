import type { TenantDatabase } from '#app/database';
import type { TenantKeyStore, WrappedKey } from '../keyring/tenant-key-store.js';
import type { MasterKeys } from '../seal/master-keys.js';
import type { VaultJournal } from '../vault-journal.js';
import { byJob } from './key-rotation.js';

const BATCH = 100;

/**
 * Wraps anew, with the current master key, the data keys that a previous one wrapped. The data keys stay what they are, so nothing
 * that is cached or sealed changes. May be killed at any point and run on several nodes: each row is exchanged for itself, if it
 * is still as it was read.
 */
export class Rewrapping {
  constructor(
    private readonly store: Pick<TenantKeyStore, 'wrappedBy' | 'rewrap'>,
    private readonly tenants: TenantDatabase,
    private readonly masterKeys: MasterKeys,
    private readonly journal: VaultJournal,
  ) {}

  async run(): Promise<void> {
    const retired = await this.masterKeys.retired();
    if (retired.length === 0) return;
    for (;;) {
      const keys = await this.store.wrappedBy(retired, BATCH);
      const done = await this.rewrapAll(keys);
      // Fewer than a batch was left, or none of them opens: they are looked for again by the next run
      if (keys.length < BATCH || done === 0) return;
    }
  }

  private async rewrapAll(keys: readonly WrappedKey[]): Promise<number> {
    let done = 0;
    for (const key of keys) if (await this.rewrap(key)) done += 1;
    return done;
  }

  private async rewrap(key: WrappedKey): Promise<boolean> {
    const before = await this.masterKeys.get(key.kekId);
    const now = await this.masterKeys.current();
    const bytes = (await before?.unwrap(key.wrapped, key)) ?? null;
    if (bytes === null) return false;
    try {
      return await this.exchange(key, await now.wrap(bytes, key), now.keyId);
    } finally {
      bytes.fill(0);
    }
  }

  private exchange(key: WrappedKey, wrapped: Buffer, kekId: string): Promise<boolean> {
    const { tenantId, version, kekId: before } = key;
    return this.tenants.withTenant(tenantId, async (em) => {
      const done = await this.store.rewrap(em, key, wrapped, kekId);
      const detail = { version, master_key_id: kekId, previous_master_key_id: before };
      const { requestId, source } = byJob(tenantId);
      if (done)
        await this.journal.record(
          { tenantId, requestId, source, type: 'data_key.rewrapped', clientId: null, detail },
          em,
        );
      return done;
    });
  }
}
