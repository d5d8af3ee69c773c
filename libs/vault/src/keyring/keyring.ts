import { randomBytes } from 'node:crypto';
import { AppError, type Clock, type TenantId } from '#app/kernel';
import { LRUCache } from 'lru-cache';
import { DATA_KEY_BYTES, DataKey } from '../barrier/data-key.js';
import { RecordKeyMemory } from '../barrier/record-key-memory.js';
import type { KeyHolder, NodeLease } from '../nodes/node-lease.js';
import type { MasterKeys } from '../seal/master-keys.js';
import { keysDestroyed, VaultOpenError } from '../vault.errors.js';
import type { TenantKeyStore, WrappedKey } from './tenant-key-store.js';

/** A loaded key is used this long without asking again: how long a key service may be away. */
const LIFETIME_MS = 5 * 60_000;
/** About a kilobyte each, without the record keys, which have a bound of their own. */
const MOST_TENANTS = 10_000;
const FIRST_VERSION = 1;
const ATTEMPTS = 3;

interface Loaded {
  readonly key: DataKey;
  readonly until: number;
}

/** `primary`, or the number of a version. */
type KeyName = 'primary' | number;

/**
 * The tenants' data keys: loads and unwraps them, makes a tenant's first one, and keeps those in use for a short while, as long
 * as this node's lease lasts and nobody orders it to drop them.
 */
export class Keyring implements KeyHolder {
  private readonly loaded = new LRUCache<TenantId, Map<KeyName, Loaded>>({
    max: MOST_TENANTS,
    dispose: (keys) => {
      for (const { key } of keys.values()) key.drop();
    },
  });
  private readonly loading = new Map<string, Promise<DataKey>>();
  /** Increases with every order to drop something: what was being loaded then may be what had to go. */
  private drops = 0;

  constructor(
    private readonly store: Pick<TenantKeyStore, 'primary' | 'staged' | 'version' | 'records' | 'addFirst'>,
    private readonly masterKeys: Pick<MasterKeys, 'current' | 'get'>,
    private readonly lease: Pick<NodeLease, 'valid' | 'ensure'>,
    private readonly clock: Clock,
    /** Of what was opened, whichever tenant's. */
    private readonly memory = new RecordKeyMemory(),
  ) {}

  /** The key that new records of this tenant are sealed with. Made at first use; any number of nodes end up with the same one. */
  primary(tenantId: TenantId): Promise<DataKey> {
    return this.cached(tenantId, 'primary', async () =>
      this.unwrap((await this.store.primary(tenantId)) ?? (await this.makeFirst(tenantId))),
    );
  }

  /** The key that a record names. Throws {@link VaultOpenError} when the tenant does not have it. */
  version(tenantId: TenantId, version: number): Promise<DataKey> {
    return this.cached(tenantId, version, async () => {
      const row = await this.store.version(tenantId, version);
      if (row === null) throw new VaultOpenError('unknown_key');
      return this.unwrap(row);
    });
  }

  async loadStaged(tenantId: TenantId): Promise<void> {
    if (!this.loaded.has(tenantId)) return;
    const staged = await this.store.staged(tenantId);
    if (staged !== null) await this.version(tenantId, staged.version);
  }

  /** A tenant whose keys were in use keeps an empty place, so that this node still loads what is staged for it. */
  drop(tenantId: TenantId): void {
    this.drops += 1;
    if (this.loaded.has(tenantId)) this.loaded.set(tenantId, new Map());
    this.loading.clear();
  }

  dropAll(): void {
    this.drops += 1;
    this.loaded.clear();
    this.loading.clear();
  }

  /** Lets go of keys whose time is over, which would else stay in memory until they are wanted again. */
  dropExpired(): void {
    const now = this.clock.now();
    for (const keys of this.loaded.values())
      for (const [name, { key, until }] of keys) {
        if (now < until) continue;
        keys.delete(name);
        key.drop();
      }
  }

  private cached(tenantId: TenantId, name: KeyName, load: () => Promise<DataKey>): Promise<DataKey> {
    const found = this.loaded.get(tenantId)?.get(name);
    if (found !== undefined && this.lease.valid && this.clock.now() < found.until) return Promise.resolve(found.key);
    const place = `${tenantId}/${name}`;
    const running = this.loading.get(place);
    if (running !== undefined) return running;
    const started = this.load(tenantId, name, load).finally(() => this.loading.delete(place));
    this.loading.set(place, started);
    return started;
  }

  /** A key that was ordered to be dropped while it was on its way is not used: it is asked for again. */
  private async load(tenantId: TenantId, name: KeyName, load: () => Promise<DataKey>): Promise<DataKey> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await this.lease.ensure();
      const { drops } = this;
      const key = await load();
      if (drops !== this.drops || !this.lease.valid) continue;
      this.keep(tenantId, name, key);
      return key;
    }
    throw new AppError('not_available', 'The keys of this tenant are being changed. Try again in a moment.');
  }

  private keep(tenantId: TenantId, name: KeyName, key: DataKey): void {
    const keys = this.loaded.get(tenantId) ?? new Map<KeyName, Loaded>();
    keys.get(name)?.key.drop();
    keys.set(name, { key, until: this.clock.now() + LIFETIME_MS });
    this.loaded.set(tenantId, keys);
  }

  private async makeFirst(tenantId: TenantId): Promise<WrappedKey> {
    const wrapped = await this.wrapNew(tenantId, FIRST_VERSION);
    await this.store.addFirst(wrapped);
    const stored = await this.store.primary(tenantId);
    if (stored !== null) return stored;
    if ((await this.store.records(tenantId)).length > 0) throw keysDestroyed();
    throw new Error(`There is no tenant ${tenantId} that could be given a data key`);
  }

  /** A new data key, wrapped; it is stored nowhere yet. */
  async wrapNew(tenantId: TenantId, version: number): Promise<WrappedKey> {
    const provider = await this.masterKeys.current();
    const bytes = randomBytes(DATA_KEY_BYTES);
    try {
      const wrapped = await provider.wrap(bytes, { tenantId, version });
      return { tenantId, version, wrapped, kekId: provider.keyId };
    } finally {
      bytes.fill(0);
    }
  }

  private async unwrap({ tenantId, version, wrapped, kekId }: WrappedKey): Promise<DataKey> {
    const provider = await this.masterKeys.get(kekId);
    const bytes = (await provider?.unwrap(wrapped, { tenantId, version })) ?? null;
    if (bytes === null) throw new VaultOpenError('wrong_master_key');
    return DataKey.take(version, bytes, this.memory);
  }
}
