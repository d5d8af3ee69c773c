import { randomBytes } from 'node:crypto';
import { AppError, newId, type TenantId } from '#app/kernel';
import { bindingFor, randomMasterKey } from '../../test/vault-fixtures.js';
import { openRecord, sealRecord } from '../barrier/barrier.js';
import { DataKey } from '../barrier/data-key.js';
import { readEnvelope } from '../barrier/envelope.js';
import { RecordKeyMemory } from '../barrier/record-key-memory.js';
import { MasterKey } from '../seal/master-key.js';
import { MasterKeys } from '../seal/master-keys.js';
import { Keyring } from './keyring.js';
import type { KeyRecord, TenantKeyStore, WrappedKey } from './tenant-key-store.js';

/** `tenant_keys` in memory. */
class FakeStore implements Pick<TenantKeyStore, 'primary' | 'staged' | 'version' | 'records' | 'addFirst'> {
  readonly rows: WrappedKey[] = [];
  /** The tenants whose staged key was asked for. */
  readonly askedForStaged: string[] = [];
  reads = 0;
  down = false;
  /** What happens while an answer is on its way. */
  meanwhile: () => void = () => undefined;

  primary(tenantId: string): Promise<WrappedKey | null> {
    return this.read((row) => row.tenantId === tenantId);
  }

  version(tenantId: string, version: number): Promise<WrappedKey | null> {
    return this.read((row) => row.tenantId === tenantId && row.version === version);
  }

  staged(tenantId: string): Promise<WrappedKey | null> {
    this.askedForStaged.push(tenantId);
    return Promise.resolve(null);
  }

  records(): Promise<KeyRecord[]> {
    return Promise.resolve([]);
  }

  addFirst(key: WrappedKey): Promise<void> {
    if (!this.rows.some((row) => row.tenantId === key.tenantId && row.version === key.version)) this.rows.push(key);
    return Promise.resolve();
  }

  private read(fits: (row: WrappedKey) => boolean): Promise<WrappedKey | null> {
    this.reads += 1;
    if (this.down) return Promise.reject(new AppError('not_available', 'The database is away'));
    const row = this.rows.findLast(fits) ?? null;
    const { meanwhile } = this;
    this.meanwhile = () => undefined;
    meanwhile();
    return Promise.resolve(row);
  }
}

describe('Keyring', () => {
  const tenantId = newId('tenant');
  const masterKeys = new MasterKeys(new MasterKey(randomMasterKey()));
  const lease = { valid: true, ensure: () => Promise.resolve() };
  let store: FakeStore;
  let time: number;
  let keyring: Keyring;
  beforeEach(() => {
    store = new FakeStore();
    time = 1_000_000;
    keyring = new Keyring(store, masterKeys, lease, { now: () => time });
  });

  it('makes one key per tenant at first use', async () => {
    const first = await keyring.primary(tenantId);
    expect(first.version).toBe(1);
    expect((await keyring.version(tenantId, 1)).id).toEqual(first.id);
    expect((await keyring.primary(newId('tenant'))).id).not.toEqual(first.id);
    expect(store.rows).toHaveLength(2);
  });

  it('asks once for callers that come at the same time', async () => {
    const keys = await Promise.all(Array.from({ length: 50 }, () => keyring.primary(tenantId)));
    expect(new Set(keys).size).toBe(1);
    expect(store.reads).toBe(2);
  });

  it('uses a loaded key for five minutes without asking, and no longer', async () => {
    await keyring.primary(tenantId);
    const { reads } = store;
    time += 5 * 60_000 - 1;
    await keyring.primary(tenantId);
    expect(store.reads).toBe(reads);
    time += 1;
    await keyring.primary(tenantId);
    expect(store.reads).toBe(reads + 1);
  });

  it('keeps the keys of ten thousand tenants, those used last, and no more', async () => {
    const bound = 10_000;
    await keyring.primary(tenantId);
    const others = Array.from({ length: bound }, () => newId('tenant'));
    for (const each of others) await keyring.primary(each);
    const { reads } = store;
    for (const each of others.slice(0, 100)) await keyring.primary(each);
    expect(store.reads).toBe(reads);
    await keyring.primary(tenantId);
    expect(store.reads).toBe(reads + 1);
  });

  it('serves tenants whose key is loaded while the store is away, until its time is over', async () => {
    await keyring.primary(tenantId);
    store.down = true;
    expect((await keyring.primary(tenantId)).version).toBe(1);
    await expect(keyring.primary(newId('tenant'))).rejects.toMatchObject({ code: 'not_available' });
    time += 5 * 60_000;
    await expect(keyring.primary(tenantId)).rejects.toMatchObject({ code: 'not_available' });
    store.down = false;
    expect((await keyring.primary(tenantId)).version).toBe(1);
  });

  describe('a key that is on its way', () => {
    beforeEach(() => keyring.primary(tenantId));

    it('V6 is not used when it was ordered to be dropped meanwhile', async () => {
      const node = new Keyring(store, masterKeys, lease, { now: () => time });
      store.meanwhile = () => {
        store.rows.length = 0;
        node.drop(tenantId);
      };
      await expect(node.version(tenantId, 1)).rejects.toMatchObject({ reason: 'unknown_key' });
    });

    it('V6 is not used when the lease has run out meanwhile: it is asked for again, with a new one', async () => {
      const short = { valid: true, ensure: async () => void (short.valid = true) };
      const node = new Keyring(store, masterKeys, short, { now: () => time });
      store.meanwhile = () => {
        short.valid = false;
        store.rows.length = 0;
      };
      await expect(node.version(tenantId, 1)).rejects.toMatchObject({ reason: 'unknown_key' });
    });

    it('V6 is not used when every key had to go meanwhile, though there is a lease again', async () => {
      const node = new Keyring(store, masterKeys, lease, { now: () => time });
      store.meanwhile = () => {
        store.rows.length = 0;
        node.dropAll();
      };
      await expect(node.version(tenantId, 1)).rejects.toMatchObject({ reason: 'unknown_key' });
    });

    it.each(['drop', 'dropAll'] as const)(
      'V6 is not handed to who asks behind the order (%s), also in the moment of its arrival',
      async (order) => {
        const asked: { behind?: Promise<unknown> } = {};
        // Looked at last before the key is kept: what is queued here happens right behind that
        const atLast = {
          ensure: () => Promise.resolve(),
          get valid(): boolean {
            queueMicrotask(() => {
              if (asked.behind !== undefined) return;
              store.rows.length = 0;
              node[order](tenantId);
              asked.behind = node.version(tenantId, 1);
            });
            return true;
          },
        };
        const node = new Keyring(store, masterKeys, atLast, { now: () => time });
        await node.version(tenantId, 1);
        await expect(asked.behind).rejects.toMatchObject({ reason: 'unknown_key' });
      },
    );
  });

  it('looks for a staged key where it works for the tenant, also behind an order to drop its keys, and for no other', async () => {
    await keyring.loadStaged(tenantId);
    expect(store.askedForStaged).toEqual([]);
    await keyring.primary(tenantId);
    keyring.drop(tenantId);
    await keyring.loadStaged(tenantId);
    expect(store.askedForStaged).toEqual([tenantId]);
  });

  it('has let go of a key whose time was over, also when the clock is set back', async () => {
    await keyring.primary(tenantId);
    const { reads } = store;
    time += 5 * 60_000;
    keyring.dropExpired();
    time -= 5 * 60_000;
    await keyring.primary(tenantId);
    expect(store.reads).toBe(reads + 1);
  });

  it('V8 refuses a version that the tenant does not have', async () => {
    await keyring.primary(tenantId);
    await expect(keyring.version(tenantId, 2)).rejects.toMatchObject({ reason: 'unknown_key' });
    await expect(keyring.version(newId('tenant'), 1)).rejects.toMatchObject({ reason: 'unknown_key' });
  });

  it('V2 refuses a wrapped key that was moved to another tenant', async () => {
    await keyring.primary(tenantId);
    const thief = newId('tenant');
    await Promise.all(store.rows.map((row) => store.addFirst({ ...row, tenantId: thief })));
    await expect(keyring.version(thief, 1)).rejects.toMatchObject({ reason: 'wrong_master_key' });
  });

  it('V7 refuses keys that another master key wrapped, and replaces nothing', async () => {
    await keyring.primary(tenantId);
    const other = new Keyring(store, new MasterKeys(new MasterKey(randomMasterKey())), lease, { now: () => time });
    await expect(other.primary(tenantId)).rejects.toMatchObject({ reason: 'wrong_master_key' });
    expect(store.rows).toHaveLength(1);
  });

  describe('the record keys', () => {
    const opened = async (of: TenantId, memory: RecordKeyMemory): Promise<() => void> => {
      const one = new Keyring(store, masterKeys, lease, { now: () => time }, memory);
      keyring = one;
      const key = await one.primary(of);
      const binding = bindingFor(of);
      return () => {
        const envelope = readEnvelope(sealRecord(key, binding, Buffer.from('secret')));
        for (const _again of [1, 2]) openRecord(key, binding, envelope);
      };
    };

    it('are remembered up to one bound for all tenants together, and those used last', async () => {
      const memory = new RecordKeyMemory(5);
      for (const each of [newId('tenant'), newId('tenant'), newId('tenant')]) {
        const open = await opened(each, memory);
        for (let i = 0; i < 4; i++) open();
      }
      expect(memory.size).toBe(5);
    });

    it('are forgotten with their data key, when it is dropped, its time is over or it is loaded anew, and by whoever still holds it', async () => {
      for (const end of [
        async () => keyring.drop(tenantId),
        async () => keyring.dropAll(),
        async () => {
          time += 5 * 60_000;
          keyring.dropExpired();
        },
        async () => {
          time += 5 * 60_000;
          await keyring.primary(tenantId);
        },
      ]) {
        const memory = new RecordKeyMemory();
        const open = await opened(tenantId, memory);
        open();
        expect(memory.size).toBe(1);
        await end();
        expect(memory.size).toBe(0);
        open();
        expect(memory.size).toBe(0);
      }
    });

    it('of one data key are not those of another, though a record of its names the same salt', async () => {
      const memory = new RecordKeyMemory();
      const [one, other] = [DataKey.take(1, randomBytes(32), memory), DataKey.take(1, randomBytes(32), memory)];
      const salt = randomBytes(16);
      const { commitment } = one.knownRecordKeys(salt);
      expect(other.knownRecordKeys(salt).commitment).not.toEqual(commitment);
    });

    it('of a tenant are left alone when another one is dropped', async () => {
      const memory = new RecordKeyMemory();
      const open = await opened(tenantId, memory);
      open();
      const other = newId('tenant');
      await keyring.primary(other);
      keyring.drop(other);
      expect(memory.size).toBe(1);
    });
  });
});
