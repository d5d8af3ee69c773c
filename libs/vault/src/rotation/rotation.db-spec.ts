import type { MasterKeyConfig } from '#app/config';
import { AppError, Secret, type TenantId } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { SecretRows, secretBinding, secretColumn, until } from '../../test/secret-rows.js';
import { clearBytesDuring, randomMasterKey, reasonOf, vaultOver } from '../../test/vault-fixtures.js';
import { readEnvelope } from '../barrier/envelope.js';
import type { VaultNode, VaultParts } from '../create-vault.js';
import { SEAL_LIMITS } from '../keyring/seal-counter.js';
import { TenantKeyStore } from '../keyring/tenant-key-store.js';
import { giveOrder } from '../nodes/give-order.js';
import { NodeStore } from '../nodes/node-store.js';
import { sealedColumn, type Packing } from '../resealing/sealed-column.js';
import type { VaultEvent } from '../vault-journal.js';
import { byJob } from './key-rotation.js';

describe('rotation of data keys', () => {
  const masterKey = randomMasterKey();
  let database: OpenTestDatabase;
  let rows: SecretRows;
  let tenantId: TenantId;
  let events: VaultEvent[];
  let traffic: Traffic | null = null;
  let heart: NodeJS.Timeout;

  beforeAll(async () => {
    database = await openTestDatabase();
    rows = new SecretRows(database);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    tenantId = await rows.tenant();
    events = [];
  });
  afterEach(async () => {
    await traffic?.stop();
    clearInterval(heart);
    await database.system.query({ name: 'test_end_leases', text: 'DELETE FROM vault_nodes' }, []);
  });

  const journal = { record: (event: VaultEvent) => Promise.resolve(void events.push(event)) };
  const nodeWith = (key: MasterKeyConfig, more: Partial<VaultParts> = {}, packing?: Packing): VaultNode => {
    const node = vaultOver(database, key, { journal, ...more });
    node.vault.registerColumn(secretColumn(packing));
    return node;
  };
  const node = (more: Partial<VaultParts> = {}, packing?: Packing): VaultNode => nodeWith(masterKey, more, packing);
  /** What the keeper of the lease does in a running application. */
  const beating = <Nodes extends readonly VaultNode[]>(nodes: Nodes): Nodes => {
    heart = setInterval(() => nodes.forEach(({ lease }) => void lease.renew().catch(() => undefined)), 20);
    return nodes;
  };
  const typesOf = (): string[] => events.map(({ type, detail }) => `${type} ${JSON.stringify(detail['version'])}`);

  it('seals with a new key at once, and opens what the one before has sealed', async () => {
    const one = node();
    const old = await rows.add(one.vault, tenantId);
    expect(await one.management.rotate(byJob(tenantId))).toBe(2);
    const fresh = await rows.add(one.vault, tenantId);
    expect(readEnvelope(await rows.stored(tenantId, fresh)).keyVersion).toBe(2);
    expect([await rows.open(one.vault, tenantId, old), await rows.open(one.vault, tenantId, fresh)]).toEqual([
      old,
      fresh,
    ]);
    expect(await rows.states(tenantId)).toEqual(['retired', 'primary']);
    expect(typesOf()).toEqual(['data_key.staged 2', 'data_key.promoted 2']);
  });

  it('stages a key until every node has loaded it, and ends when every node seals with it', async () => {
    const [one, other] = [node(), node()];
    const id = await rows.add(one.vault, tenantId);
    await rows.open(other.vault, tenantId, id);
    let ended = false;
    const rotation = one.management.rotate(byJob(tenantId)).finally(() => {
      ended = true;
    });
    await rows.waitedFor(other.lease.nodeId, 'loaded', tenantId);
    expect(await rows.states(tenantId)).toEqual(['primary', 'staged']);
    await rows.add(other.vault, tenantId);
    expect(await rows.versions(tenantId)).toEqual({ 1: 2 });
    await other.lease.renew();
    await until(async () => (await rows.states(tenantId)).includes('retired'));
    await rows.waitedFor(other.lease.nodeId, 'dropped', tenantId);
    expect(ended).toBe(false);
    await other.lease.renew();
    expect(await rotation).toBe(2);
    await rows.add(other.vault, tenantId);
    expect(await rows.versions(tenantId)).toEqual({ 1: 2, 2: 1 });
  });

  it('does not wait for a node whose lease has run out', async () => {
    const [one, dead] = [node(), node()];
    await rows.open(dead.vault, tenantId, await rows.add(one.vault, tenantId));
    const rotation = one.management.rotate(byJob(tenantId));
    await rows.waitedFor(dead.lease.nodeId, 'loaded', tenantId);
    const expire = `UPDATE vault_nodes SET expires_at = now() - interval '1 second' WHERE node_id = $1`;
    await database.system.query({ name: 'test_expire', text: expire }, [dead.lease.nodeId]);
    expect(await rotation).toBe(2);
  });

  it('ends in one new key when several nodes rotate at once', async () => {
    const nodes = beating([node(), node(), node()]);
    await rows.add(nodes[0]?.vault ?? node().vault, tenantId);
    const versions = await Promise.all(nodes.map(({ management }) => management.rotate(byJob(tenantId))));
    expect((await rows.states(tenantId)).filter((state) => state === 'primary')).toHaveLength(1);
    expect((await rows.states(tenantId)).filter((state) => state === 'staged')).toEqual([]);
    expect(Math.max(...versions)).toBe((await rows.states(tenantId)).length);
  });

  it('goes on with a rotation whose node died behind the first step', async () => {
    const [dying, other] = [node(), node()];
    const id = await rows.add(dying.vault, tenantId);
    const failing = vaultOver(database, masterKey, {
      journal: {
        record: ({ type }) => (type === 'data_key.promoted' ? Promise.reject(new Error('killed')) : Promise.resolve()),
      },
    });
    beating([dying]);
    await expect(failing.management.rotate(byJob(tenantId))).rejects.toThrow();
    clearInterval(heart);
    await dying.lease.renew();
    await dying.lease.end();
    await failing.lease.end();
    expect(await rows.states(tenantId)).toEqual(['primary', 'staged']);
    await other.management.rotateDue();
    expect(await rows.states(tenantId)).toEqual(['retired', 'primary']);
    expect(await rows.open(other.vault, tenantId, id)).toBe(id);
  });

  describe('V5', () => {
    /** Fails at the given row, as a process that is killed while it reseals does: nothing of its batch is kept. */
    const killedAt = (nth: number): Packing => {
      let packed = 0;
      return {
        offsets: () => ['0'],
        unpack: (stored) => [stored],
        pack: ([record = Buffer.alloc(0)]) => {
          packed += 1;
          if (packed === nth) throw new Error('killed');
          return record;
        },
      };
    };

    it('V5 rotates data key and master key under calls without one failing, its jobs killed and begun again', async () => {
      const next = randomMasterKey();
      const before = (): VaultNode => nodeWith(masterKey, { otherMasterKeys: { next: [next], previous: [] } });
      const after = (packing?: Packing): VaultNode =>
        nodeWith(next, { otherMasterKeys: { next: [], previous: [masterKey] } }, packing);
      const old = before();
      const ids: string[] = [];
      for (let i = 0; i < 420; i++) ids.push(await rows.add(old.vault, tenantId));
      traffic = new Traffic(rows, tenantId, [old, before(), after()], ids);
      await traffic.pass(10);
      await old.management.rotate(byJob(tenantId));
      await traffic.pass(10);
      // The second batch of 200 is never stored
      const dying = after(killedAt(300));
      await expect(dying.management.reencrypt()).rejects.toThrow('killed');
      const { 1: left = 0, 2: done = 0 } = await rows.versions(tenantId);
      expect([left >= 220, done >= 200]).toEqual([true, true]);
      await traffic.pass(10);
      const [job, another] = [after(), after()];
      await Promise.all([job.management.reencrypt(), another.management.reencrypt(), job.management.rewrap()]);
      await traffic.pass(20);
      await traffic.stop();
      await job.management.reencrypt();
      expect(traffic.failures).toEqual([]);
      expect(Object.keys(await rows.versions(tenantId))).toEqual(['2']);
      const { keys, progress } = await job.management.overview(tenantId);
      expect(new Set(keys.map(({ kekId }) => kekId)).size).toBe(1);
      expect(progress).toEqual([{ store: 'client_secrets', total: expect.any(Number) as number, left: 0, failed: 0 }]);
      // Neither the nodes from before the change of the master key nor those after it lack anything
      for (const each of [before(), after()]) expect(await rows.open(each.vault, tenantId, ids[0] ?? '')).toBe(ids[0]);
      expect(await reasonOf(() => rows.open(node().vault, tenantId, ids[0] ?? ''))).toBe('wrong_master_key');
    }, 60_000);
  });

  it('tells the trail of each data key that it wraps anew, once, in the transaction that does it', async () => {
    const next = randomMasterKey();
    await rows.add(nodeWith(masterKey).vault, tenantId);
    const otherMasterKeys = { next: [], previous: [masterKey] };
    const refusing = { record: () => Promise.reject(new AppError('not_available', 'The trail is full')) };
    const silent = nodeWith(next, { otherMasterKeys, journal: refusing });
    await expect(silent.management.rewrap()).rejects.toMatchObject({ cause: { code: 'not_available' } });
    const kekOf = async (): Promise<string> =>
      String((await nodeWith(next, { otherMasterKeys }).management.overview(tenantId)).keys[0]?.kekId);
    const before = await kekOf();
    const nodes = [nodeWith(next, { otherMasterKeys }), nodeWith(next, { otherMasterKeys })];
    const clear = await clearBytesDuring(() => Promise.all(nodes.map(({ management }) => management.rewrap())));
    const after = await kekOf();
    // Data keys in the clear, which nobody finds in memory afterwards
    expect(clear.length).toBeGreaterThan(1);
    for (const { buffer } of clear) expect(buffer.every((byte) => byte === 0)).toBe(true);
    expect(after).not.toBe(before);
    expect(events.filter((event) => event.tenantId === tenantId)).toMatchObject([
      {
        type: 'data_key.rewrapped',
        source: 'job',
        clientId: null,
        detail: { version: 1, master_key_id: after, previous_master_key_id: before },
      },
    ]);
  });

  it('wraps anew what is left when some keys don’t open, or their service refuses, and names those', async () => {
    const next = randomMasterKey();
    const old = node();
    const tenants = [tenantId, await rows.tenant(), await rows.tenant()].toSorted();
    for (const each of tenants) await rows.add(old.vault, each);
    const [first = tenantId, broken = tenantId, last = tenantId] = tenants;
    await rows.sql(broken, `UPDATE tenant_keys SET wrapped_key = '\\x00' WHERE version = 1`);
    const changed = nodeWith(next, { otherMasterKeys: { next: [], previous: [masterKey] } });
    await expect(changed.management.rewrap()).rejects.toThrow(`current master key: ${broken}/1`);
    const kekOf = async (each: TenantId): Promise<string | undefined> =>
      (await changed.management.overview(each)).keys[0]?.kekId;
    expect(await kekOf(last)).toBe(await kekOf(first));
    expect(await kekOf(broken)).not.toBe(await kekOf(first));
    await rows.sql(broken, `DELETE FROM tenant_keys`);
    await changed.management.rewrap();
  });

  it('waits for no other tenant’s key that a node can’t load', async () => {
    const [one, other] = [node(), node()];
    const stuck = await rows.tenant();
    for (const each of [tenantId, stuck]) await rows.open(other.vault, each, await rows.add(one.vault, each));
    await rows.sql(
      stuck,
      `INSERT INTO tenant_keys (tenant_id, version, wrapped_key, kek_id, state) VALUES ($1, 2, '\\x00', 'x', 'staged')`,
      [stuck],
    );
    const order = await database.tenants.withTenant(stuck, (em) => giveOrder(em, stuck));
    beating([one, other]);
    expect(await one.management.rotate(byJob(tenantId))).toBe(2);
    const nodes = new NodeStore(database.system);
    expect(await nodes.behind(order, 'loaded')).toContain(other.lease.nodeId);
    expect(await nodes.behind(order, 'dropped')).toEqual([]);
  });

  it('ends interrupted rotations of every tenant, also when the keys of some can’t be opened', async () => {
    const tenants = [tenantId, ...(await Promise.all(Array.from({ length: 7 }, () => rows.tenant())))];
    const maker = node();
    for (const each of tenants) {
      await rows.add(maker.vault, each);
      const { wrapped, kekId } = await maker.keyring.wrapNew(each, 2);
      await rows.sql(
        each,
        `INSERT INTO tenant_keys (tenant_id, version, wrapped_key, kek_id, state) VALUES ($1, 2, $2, $3, 'staged')`,
        [each, wrapped, kekId],
      );
    }
    const broken = tenants.filter((_, index) => index % 2 === 0);
    for (const each of broken)
      await rows.sql(each, `UPDATE tenant_keys SET wrapped_key = '\\x00' WHERE tenant_id = $1 AND version = 1`, [each]);
    const [, healer] = beating([maker, node({ limits: { patienceMs: 8_000 } })] as const);
    await expect(healer.management.rotateDue()).rejects.toThrow();
    for (const each of tenants)
      expect(await rows.states(each)).toEqual(broken.includes(each) ? ['primary', 'staged'] : ['retired', 'primary']);
  });

  it('reports and keeps what it can’t open, and the key with it', async () => {
    const one = node({ limits: { retiredForMs: 0 } });
    const [good, bad] = [await rows.add(one.vault, tenantId), await rows.add(one.vault, tenantId)];
    const damaged = await rows.stored(tenantId, bad);
    damaged.writeUInt8(damaged.readUInt8(70) ^ 1, 70);
    await rows.put(tenantId, bad, damaged);
    await one.management.rotate(byJob(tenantId));
    await one.management.reencrypt();
    const { keys, progress } = await one.management.overview(tenantId);
    expect(progress).toEqual([{ store: 'client_secrets', total: 2, left: 1, failed: 1 }]);
    expect([...one.management.rowsLeft]).toEqual([['client_secrets', 1]]);
    expect(keys.map(({ state, rows: count }) => [state, count])).toEqual([
      ['retired', 1],
      ['primary', 1],
    ]);
    expect(await rows.open(one.vault, tenantId, good)).toBe(good);
  });

  it('destroys a retired key when nothing is sealed with it, behind its time and not before', async () => {
    const patient = node();
    const id = await rows.add(patient.vault, tenantId);
    const copy = await rows.stored(tenantId, id);
    await patient.management.rotate(byJob(tenantId));
    await patient.management.reencrypt();
    expect(await rows.states(tenantId)).toEqual(['retired', 'primary']);
    await node({ limits: { retiredForMs: 0 } }).management.reencrypt();
    expect(await rows.states(tenantId)).toEqual(['destroyed', 'primary']);
    const [gone] = await rows.sql<{ wrapped_key: Buffer }>(
      tenantId,
      'SELECT wrapped_key FROM tenant_keys WHERE version = 1',
    );
    expect(gone?.wrapped_key).toEqual(Buffer.alloc(0));
    expect(typesOf()).toContain('data_key.destroyed 1');
    await patient.lease.renew();
    expect(await rows.open(patient.vault, tenantId, id)).toBe(id);
    await rows.put(tenantId, id, copy);
    expect(await reasonOf(() => rows.open(patient.vault, tenantId, id))).toBe('unknown_key');
  });

  it('counts the time of a retired key from when something was last found sealed with it', async () => {
    const one = node();
    const id = await rows.add(one.vault, tenantId);
    const damaged = await rows.stored(tenantId, id);
    damaged.writeUInt8(damaged.readUInt8(70) ^ 1, 70);
    await rows.put(tenantId, id, damaged);
    await one.management.rotate(byJob(tenantId));
    await rows.sql(tenantId, `UPDATE tenant_keys SET state_since = now() - interval '1 hour' WHERE state = 'retired'`);
    await one.management.reencrypt();
    await rows.sql(tenantId, 'DELETE FROM connections WHERE id = $1', [id]);
    await one.management.reencrypt();
    expect(await rows.states(tenantId)).toEqual(['retired', 'primary']);
  });

  it('does not put what it sealed anew over what was stored in the meantime', async () => {
    const one = node();
    const id = await rows.add(one.vault, tenantId);
    await one.management.rotate(byJob(tenantId));
    const store = sealedColumn(secretColumn());
    const [found] = await database.tenants.withTenant(tenantId, (em) =>
      store.outdated(em, tenantId, { keyVersion: 2, limit: 1, after: null }),
    );
    if (found === undefined) throw new Error('Nothing is sealed with the key before');
    const newer = await one.vault.seal(secretBinding(tenantId, id), new Secret('newer'));
    const replace = (): Promise<boolean> =>
      database.tenants.withTenant(tenantId, (em) => store.replace(em, tenantId, found, [Buffer.from('older')]));
    await rows.put(tenantId, id, newer);
    expect(await replace()).toBe(false);
    expect(await rows.open(one.vault, tenantId, id)).toBe('newer');
    await rows.put(tenantId, id, found.stored);
    expect(await replace()).toBe(true);
  });

  describe('V4 the count of seals', () => {
    const limits = { seals: { block: 4, rotateAt: 12, most: 16 } };
    const reserved = async (): Promise<number[]> => {
      const counts = await rows.sql<{ count: string }>(
        tenantId,
        'SELECT seals_reserved AS count FROM tenant_keys ORDER BY version',
      );
      return counts.map(({ count }) => Number(count));
    };
    const seal = async (times: number, by: VaultNode): Promise<void> => {
      for (let i = 0; i < times; i++) await rows.add(by.vault, tenantId);
    };

    it('V4 is taken from the database in blocks, before a seal is made, by every node and after a restart', async () => {
      const [one, other] = [node({ limits }), node({ limits })];
      await seal(1, one);
      expect(await reserved()).toEqual([4]);
      await seal(3, one);
      expect(await reserved()).toEqual([4]);
      await seal(1, other);
      expect(await reserved()).toEqual([8]);
      await seal(1, node({ limits: { seals: { ...limits.seals, rotateAt: 99 } } }));
      expect(await reserved()).toEqual([12]);
    });

    it('V4 takes none that were counted for one key for the next, and none with one that is retired', async () => {
      const one = node({ limits });
      await seal(1, one);
      await one.management.rotate(byJob(tenantId));
      await seal(1, one);
      expect(await reserved()).toEqual([4, 4]);
      const store = new TenantKeyStore(database.system, database.tenants);
      expect(await store.reserveSeals({ tenantId, version: 1 }, 4, 16)).toBeNull();
    });

    it('V4 makes a new key by itself when it crosses its limit, and no key seals more than it may', async () => {
      const one = node({ limits });
      await seal(12, one);
      await until(async () => (await rows.states(tenantId)).join() === 'retired,primary');
      await seal(8, one);
      const versions = await rows.versions(tenantId);
      expect(Object.values(versions).reduce((sum, count) => sum + count, 0)).toBe(20);
      expect(versions[1]).toBeLessThanOrEqual(16);
    });

    it('V4 is a quarter of what GCM allows under one key when a new one is made, and never reaches the half', async () => {
      const gcmAllows = 2 ** 32;
      expect(SEAL_LIMITS.rotateAt).toBeLessThanOrEqual(gcmAllows / 4);
      expect(SEAL_LIMITS.most).toBeLessThanOrEqual(gcmAllows / 2);
      // Where nobody says otherwise, as in the running application
      const [one] = beating([node()] as const);
      await seal(1, one);
      expect(await reserved()).toEqual([SEAL_LIMITS.block]);
      await rows.sql(tenantId, 'UPDATE tenant_keys SET seals_reserved = $1', [
        SEAL_LIMITS.rotateAt - SEAL_LIMITS.block,
      ]);
      await seal(1, node());
      await until(async () => (await rows.states(tenantId)).join() === 'retired,primary');
    });

    it('V4 shares a block among seals that are made at the same time', async () => {
      const one = node({ limits: { seals: { block: 50, rotateAt: 1_000, most: 1_000 } } });
      await Promise.all(Array.from({ length: 50 }, () => rows.add(one.vault, tenantId)));
      expect(await reserved()).toEqual([50]);
    });

    it('V4 refuses rather than seal beyond the end, when no new key can be made', async () => {
      const refusing = {
        record: ({ type }: VaultEvent) =>
          type === 'data_key.staged'
            ? Promise.reject(new AppError('not_available', 'The trail is full'))
            : Promise.resolve(),
      };
      const one = node({ limits, journal: refusing });
      await seal(16, one);
      await expect(seal(1, one)).rejects.toMatchObject({ code: 'not_available' });
      expect(await rows.versions(tenantId)).toEqual({ 1: 16 });
    });
  });
});

/** Callers on all nodes, each going on until told to stop. */
class Traffic {
  readonly failures: unknown[] = [];
  private calls = 0;
  private stopped = false;
  private readonly running: Promise<void>[];

  constructor(
    private readonly rows: SecretRows,
    private readonly tenantId: TenantId,
    nodes: readonly VaultNode[],
    ids: readonly string[],
  ) {
    this.running = nodes.map((each, index) => this.run(each, ids.slice(index)));
  }

  /** Resolves when so many further calls have ended. */
  async pass(more: number): Promise<void> {
    const goal = this.calls + more;
    await until(() => Promise.resolve(this.calls >= goal || this.failures.length > 0));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private async run({ vault, lease }: VaultNode, ids: readonly string[]): Promise<void> {
    for (let turn = 0; !this.stopped && this.failures.length === 0; turn++) {
      const id = ids[turn % ids.length] ?? '';
      try {
        await lease.renew();
        if ((await this.rows.open(vault, this.tenantId, id)) !== id) throw new Error('Another value came out');
        if (turn % 5 === 0) await this.rows.add(vault, this.tenantId);
      } catch (error) {
        this.failures.push(error);
      }
      this.calls += 1;
    }
  }
}
