import type { TenantDatabase } from '#app/database';
import type { TenantKeyStore, WrappedKey } from '../keyring/tenant-key-store.js';
import type { MasterKeys } from '../seal/master-keys.js';
import { VaultOpenError } from '../vault.errors.js';
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

  /** Goes on behind keys that could not be wrapped anew; rejects then, naming them. The next run tries them again. */
  async run(): Promise<void> {
    const retired = await this.masterKeys.retired();
    if (retired.length === 0) return;
    const failures: Failure[] = [];
    let keys: readonly WrappedKey[] = [];
    do {
      keys = await this.store.wrappedBy(retired, BATCH, keys.at(-1) ?? null);
      for (const key of keys) await this.rewrap(key).catch((cause: unknown) => failures.push({ key, cause }));
    } while (keys.length === BATCH);
    if (failures.length > 0) throw notRewrapped(failures);
  }

  private async rewrap(key: WrappedKey): Promise<void> {
    const before = await this.masterKeys.get(key.kekId);
    const now = await this.masterKeys.current();
    const bytes = (await before?.unwrap(key.wrapped, key)) ?? null;
    if (bytes === null) throw new VaultOpenError('wrong_master_key');
    try {
      await this.exchange(key, await now.wrap(bytes, key), now.keyId);
    } finally {
      bytes.fill(0);
    }
  }

  private async exchange(key: WrappedKey, wrapped: Buffer, kekId: string): Promise<void> {
    const { tenantId, version, kekId: before } = key;
    await this.tenants.withTenant(tenantId, async (em) => {
      const done = await this.store.rewrap(em, key, wrapped, kekId);
      const detail = { version, master_key_id: kekId, previous_master_key_id: before };
      const { requestId, source } = byJob(tenantId);
      if (done)
        await this.journal.record(
          { tenantId, requestId, source, type: 'data_key.rewrapped', clientId: null, detail },
          em,
        );
    });
  }
}

interface Failure {
  readonly key: WrappedKey;
  readonly cause: unknown;
}

const NAMED = 20;

function notRewrapped(failures: readonly Failure[]): Error {
  const names = failures.slice(0, NAMED).map(({ key: { tenantId, version } }) => `${tenantId}/${version}`);
  const more = failures.length > NAMED ? ' and others' : '';
  return new Error(
    `${failures.length} data keys could not be wrapped with the current master key: ${names.join(', ')}${more}`,
    { cause: failures[0]?.cause },
  );
}
