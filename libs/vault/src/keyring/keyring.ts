import { randomBytes } from 'node:crypto';
import type { Clock, TenantId } from '#app/kernel';
import { LRUCache } from 'lru-cache';
import { DATA_KEY_BYTES, DataKey } from '../barrier/data-key.js';
import type { MasterKey } from '../seal/master-key.js';
import { VaultOpenError } from '../vault.errors.js';
import type { TenantKeyStore, WrappedKey } from './tenant-key-store.js';

/** A loaded key is used this long without asking again: how long a key service may be away, and a destroyed key live on. */
const LIFETIME_MS = 5 * 60_000;
/** About a kilobyte each. */
const MOST_LOADED_KEYS = 10_000;
const FIRST_VERSION = 1;

interface Loaded {
  readonly key: DataKey;
  readonly until: number;
}

/** The tenants' data keys: loads and unwraps them, makes a tenant's first one, and keeps those in use for a short while. */
export class Keyring {
  private readonly loaded = new LRUCache<string, Loaded>({ max: MOST_LOADED_KEYS });
  private readonly loading = new Map<string, Promise<DataKey>>();

  constructor(
    private readonly store: Pick<TenantKeyStore, 'newest' | 'version' | 'add'>,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {}

  /** The key that new records of this tenant are sealed with. Made at first use; any number of nodes end up with the same one. */
  newest(tenantId: TenantId): Promise<DataKey> {
    return this.cached(`${tenantId}/newest`, async () => {
      const row = (await this.store.newest(tenantId)) ?? (await this.makeFirst(tenantId));
      return this.unwrap(row);
    });
  }

  /** The key that a record names. Throws {@link VaultOpenError} when the tenant does not have it. */
  version(tenantId: TenantId, version: number): Promise<DataKey> {
    return this.cached(`${tenantId}/${version}`, async () => {
      const row = await this.store.version(tenantId, version);
      if (row === null) throw new VaultOpenError('unknown_key');
      return this.unwrap(row);
    });
  }

  private cached(name: string, load: () => Promise<DataKey>): Promise<DataKey> {
    const found = this.loaded.get(name);
    if (found !== undefined && this.clock.now() < found.until) return Promise.resolve(found.key);
    const running = this.loading.get(name) ?? this.load(name, load);
    this.loading.set(name, running);
    return running;
  }

  private async load(name: string, load: () => Promise<DataKey>): Promise<DataKey> {
    try {
      const key = await load();
      this.loaded.set(name, { key, until: this.clock.now() + LIFETIME_MS });
      return key;
    } finally {
      this.loading.delete(name);
    }
  }

  private async makeFirst(tenantId: TenantId): Promise<WrappedKey> {
    const provider = await this.masterKey.get();
    const bytes = randomBytes(DATA_KEY_BYTES);
    const wrapped = await provider.wrap(bytes, { tenantId, version: FIRST_VERSION });
    bytes.fill(0);
    await this.store.add({ tenantId, version: FIRST_VERSION, wrapped, kekId: provider.keyId });
    const stored = await this.store.newest(tenantId);
    if (stored === null) throw new Error(`The data key of tenant ${tenantId} vanished while it was being made`);
    return stored;
  }

  private async unwrap({ tenantId, version, wrapped }: WrappedKey): Promise<DataKey> {
    const provider = await this.masterKey.get();
    const bytes = await provider.unwrap(wrapped, { tenantId, version });
    if (bytes === null) throw new VaultOpenError('wrong_master_key');
    return DataKey.take(version, bytes);
  }
}
