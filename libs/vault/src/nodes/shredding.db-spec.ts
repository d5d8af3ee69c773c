import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret, newId, systemClock, type TenantId } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import pg from 'pg';
import { SecretRows, secretBinding, secretColumn } from '../../test/secret-rows.js';
import { randomMasterKey, reasonOf, vaultOver } from '../../test/vault-fixtures.js';
import type { VaultNode, VaultParts } from '../create-vault.js';
import type { KeyContext } from '../vault-journal.js';
import { giveOrder } from './give-order.js';
import type { KeyOrder } from './node-store.js';

describe('several nodes, of which none is told anything but by the database', () => {
  const masterKey = randomMasterKey();
  let database: OpenTestDatabase;
  let rows: SecretRows;
  let tenantId: TenantId;
  let neighbour: TenantId;
  let here: VaultNode;
  let there: VaultNode;
  let id: string;
  let theirs: string;

  beforeAll(async () => {
    database = await openTestDatabase();
    rows = new SecretRows(database);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    [tenantId, neighbour] = [await rows.tenant(), await rows.tenant()];
    here = node();
    id = await rows.add(here.vault, tenantId);
    theirs = await rows.add(here.vault, neighbour);
  });
  afterEach(async () => {
    await database.system.query({ name: 'test_end_leases', text: 'DELETE FROM vault_nodes' }, []);
  });

  const node = (more: Partial<VaultParts> = {}): VaultNode => {
    const made = vaultOver(database, masterKey, more);
    made.vault.registerColumn(secretColumn());
    return made;
  };
  /** What the transaction of a shred does for the vault. */
  const destroy = (by: VaultNode): Promise<KeyOrder> =>
    database.tenants.withTenant(tenantId, (em) => by.management.destroyKeys(em, tenantId));
  /** Opens a copy of the row that was kept, as from a cache of ciphertexts. */
  const openCopy = (by: VaultNode, sealed: Buffer): Promise<unknown> =>
    reasonOf(async () => (await by.vault.open(secretBinding(tenantId, id), sealed)).reveal());
  const requestOf = (of: TenantId): KeyContext => ({
    tenantId: of,
    requestId: newId('request'),
    source: 'rest',
    caller: null,
  });
  /** Resolves when somebody in this database waits for a row that another transaction has changed. */
  const waitedForALock = async (): Promise<void> => {
    const text = `SELECT 1 FROM pg_locks l JOIN pg_stat_activity s USING (pid) WHERE NOT l.granted AND s.datname = current_database()`;
    while ((await database.system.query({ name: 'test_waiting', text }, [])).length === 0) await delay(10);
  };
  const expireLeaseOf = ({ lease }: VaultNode): Promise<unknown> =>
    database.system.query(
      { name: 'test_expire', text: `UPDATE vault_nodes SET expires_at = now() - interval '1 ms' WHERE node_id = $1` },
      [lease.nodeId],
    );

  it('names a node after its machine and process, and no two alike', () => {
    there = node();
    expect(there.lease.nodeId.startsWith(`${hostname().slice(0, 60)}-${process.pid}-`)).toBe(true);
    expect(there.lease.nodeId).not.toBe(here.lease.nodeId);
  });

  it('V6 a shred returns when every node has dropped the key, and from then on none opens anything', async () => {
    there = node();
    const copy = await rows.stored(tenantId, id);
    expect(await openCopy(there, copy)).toEqual({ opened: id });
    let returned = false;
    const order = await destroy(here);
    const waiting = here.management.allDropped(order).finally(() => {
      returned = true;
    });
    await rows.waitedFor(there.lease.nodeId, 'dropped', tenantId, order.number);
    expect(returned).toBe(false);
    await there.lease.renew();
    await waiting;
    for (const each of [here, there, node()]) {
      expect(await openCopy(each, copy)).toBe('unknown_key');
      expect(await rows.open(each.vault, neighbour, theirs)).toBe(theirs);
    }
    expect((await rows.stored(tenantId, id)).length).toBe(0);
  });

  it('V6 a node that is paused is not waited for longer than its lease, and opens nothing when it wakes up', async () => {
    let elapsed = 0;
    there = node({ limits: { stopwatch: () => elapsed } });
    const copy = await rows.stored(tenantId, id);
    expect(await openCopy(there, copy)).toEqual({ opened: id });
    // It sleeps: its lease runs out in the database, and its own stopwatch says so
    await expireLeaseOf(there);
    elapsed += 10_000;
    await here.management.allDropped(await destroy(here));
    expect(await openCopy(there, copy)).toBe('unknown_key');
  });

  it('V6 a node that was away for longer than orders are kept opens nothing either', async () => {
    let elapsed = 0;
    there = node({ limits: { stopwatch: () => elapsed } });
    const copy = await rows.stored(tenantId, id);
    expect(await openCopy(there, copy)).toEqual({ opened: id });
    await expireLeaseOf(there);
    elapsed += 10_000;
    await here.management.allDropped(await destroy(here));
    const owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    await owner.query(`UPDATE key_orders SET ordered_at = now() - interval '2 days'`);
    await database.tenants.withTenant(neighbour, (em) => giveOrder(em, neighbour));
    await here.management.clear();
    const { rows: left } = await owner.query('SELECT tenant_id FROM key_orders');
    await owner.end();
    expect(left).toEqual([{ tenant_id: neighbour }]);
    // Which gives it a lease again
    expect(await rows.open(there.vault, neighbour, theirs)).toBe(theirs);
    expect(await openCopy(there, copy)).toBe('unknown_key');
  });

  it('V6 a node that is cut off from the database refuses by itself when its lease runs out', async () => {
    let elapsed = 0;
    let cut = false;
    const system = Object.assign(Object.create(database.system) as typeof database.system, {
      query: (...query: Parameters<typeof database.system.query>) =>
        cut ? Promise.reject(new Error('cut off')) : database.system.query(...query),
    });
    there = node({ system, limits: { stopwatch: () => elapsed } });
    const copy = await rows.stored(tenantId, id);
    expect(await openCopy(there, copy)).toEqual({ opened: id });
    cut = true;
    elapsed += 7_499;
    expect(await openCopy(there, copy)).toEqual({ opened: id });
    elapsed += 1;
    await expect(there.vault.open(secretBinding(tenantId, id), copy)).rejects.toThrow('cut off');
    cut = false;
    expect(await openCopy(there, copy)).toEqual({ opened: id });
  });

  it('a clock that jumps ends a lease too, as when a virtual machine was stopped', async () => {
    let now = systemClock.now();
    there = node({ clock: { now: () => now } });
    await rows.open(there.vault, tenantId, id);
    expect(there.lease.valid).toBe(true);
    now += 7_500;
    expect(there.lease.valid).toBe(false);
  });

  it('waits for nobody in the database while the lease lasts', async () => {
    let asked = 0;
    const system = Object.assign(Object.create(database.system) as typeof database.system, {
      query: (...query: Parameters<typeof database.system.query>) => {
        asked += 1;
        return database.system.query(...query);
      },
    });
    there = node({ system });
    const copy = await rows.stored(tenantId, id);
    await openCopy(there, copy);
    asked = 0;
    for (let i = 0; i < 100; i++) expect(await openCopy(there, copy)).toEqual({ opened: id });
    expect(asked).toBe(0);
  });

  it('V6 sealed rows out of a backup open for nobody, since their keys are gone from the database', async () => {
    const copy = await rows.stored(tenantId, id);
    await here.management.allDropped(await destroy(here));
    await rows.put(tenantId, id, copy);
    for (const each of [here, node()])
      expect(await reasonOf(() => rows.open(each.vault, tenantId, id))).toBe('unknown_key');
  });

  it('V6 makes no new key for a tenant that was shredded', async () => {
    await here.management.allDropped(await destroy(here));
    await expect(here.vault.seal(secretBinding(tenantId, id), new Secret('x'))).rejects.toMatchObject({
      code: 'permission_denied',
      details: { reason: 'tenant_shredded' },
    });
    await rows.sql(tenantId, 'DELETE FROM tenant_keys');
    await rows.sql(tenantId, `UPDATE tenants SET status = 'shredded'`);
    await expect(node().vault.seal(secretBinding(tenantId, id), new Secret('x'))).rejects.toThrow();
  });

  it('V6 makes no new key for a tenant that is being shredded at this moment, neither its first nor a further one', async () => {
    const fresh = await rows.tenant();
    for (const [of, wish] of [
      [tenantId, () => here.management.rotate(requestOf(tenantId))],
      [fresh, () => here.vault.seal(secretBinding(fresh, id), new Secret('x'))],
    ] as const) {
      const wished: { outcome?: Promise<unknown> } = {};
      await database.tenants.withTenant(of, async (em) => {
        await em.query('SELECT 1 FROM tenants WHERE tenant_id = $1 FOR UPDATE', [of]);
        await em.query(`UPDATE tenants SET status = 'shredded' WHERE tenant_id = $1`, [of]);
        await here.management.destroyKeys(em, of);
        wished.outcome = wish().then(
          () => 'made',
          () => 'refused',
        );
        await waitedForALock();
      });
      expect(await wished.outcome).toBe('refused');
      expect(await rows.sql(of, `SELECT version FROM tenant_keys WHERE state <> 'destroyed'`)).toEqual([]);
    }
  });

  it('does not keep a key that was on its way while it had to be dropped', async () => {
    there = node();
    await there.lease.renew();
    const copy = await rows.stored(tenantId, id);
    const opening = openCopy(there, copy);
    there.keyring.drop(tenantId);
    expect(await opening).toEqual({ opened: id });
    const order = await destroy(here);
    const racing = openCopy(there, copy);
    await Promise.all([here.management.allDropped(order), there.lease.renew()]);
    await racing;
    expect(await openCopy(there, copy)).toBe('unknown_key');
  });
});
