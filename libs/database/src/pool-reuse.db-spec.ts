import { AsyncLocalStorage } from 'node:async_hooks';
import { newId } from '#app/kernel';
import { openTestDatabase, terminate, type OpenTestDatabase } from '#app/testing';
import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { openLogins } from './logins.js';
import { poolConfig, TIMEOUTS } from './pool-config.js';
import { SystemDatabase } from './system-database.js';
import { TenantDatabase } from './tenant-database.js';
import { readTenantSeal } from './tenant-seal.js';

let database: OpenTestDatabase;
const mine = newId('tenant');
const theirs = newId('tenant');

beforeAll(async () => {
  database = await openTestDatabase();
  for (const tenant of [mine, theirs])
    await database.tenants.withTenant(tenant, (em) =>
      em.query('INSERT INTO tenants (tenant_id, name) VALUES ($1, $1)', [tenant]),
    );
});

afterAll(() => database.close());

const NOTICE = `DO $$ BEGIN RAISE NOTICE 'for a later request'; END $$`;

describe('connections of a pool', () => {
  const request = new AsyncLocalStorage<string>();
  let remembered: (string | undefined)[];
  const note = (client: pg.ClientBase): unknown => client.on('notice', () => void remembered.push(request.getStore()));
  beforeEach(() => {
    remembered = [];
  });

  it('do not remember the request for which they were opened, of the control plane', async () => {
    const source = new DataSource({
      type: 'postgres',
      driver: pg,
      extra: poolConfig((await openLogins(database.url)).app, 1, TIMEOUTS),
    });
    await source.initialize();
    const pool = (source.driver as unknown as { master: pg.Pool }).master;
    // the one of the initialization
    (await pool.connect()).release(true);
    pool.on('connect', note);
    const tenants = new TenantDatabase(source, await readTenantSeal(database.url));
    await request.run('its tokens', () => tenants.withTenant(mine, (em) => em.query('SELECT 1')));
    await tenants.withTenant(mine, (em) => em.query(NOTICE));
    expect(remembered).toEqual([undefined]);
    await source.destroy();
  });

  it.each<[string, (system: SystemDatabase) => Promise<unknown>]>([
    ['statement', (system) => system.query({ name: 'one', text: 'SELECT 1' }, [])],
    ['transaction', (system) => system.transaction(async (query) => query({ name: 'one', text: 'SELECT 1' }, []))],
  ])('do not remember the request for which they were opened, of the hot path: by a %s', async (_, use) => {
    const config = poolConfig((await openLogins(database.url)).system, 1, TIMEOUTS);
    const pool = new pg.Pool(config).on('connect', note);
    const system = new SystemDatabase(pool, config);
    await request.run('its tokens', () => use(system));
    await system.query({ name: 'notice', text: NOTICE }, []);
    expect(remembered).toEqual([undefined]);
    await pool.end();
  });
});

describe('T3 reuse of pooled connections', () => {
  const SIZE = 2;
  let source: DataSource;
  let tenants: TenantDatabase;

  beforeAll(async () => {
    source = new DataSource({
      type: 'postgres',
      driver: pg,
      extra: poolConfig((await openLogins(database.url)).app, SIZE, TIMEOUTS),
      poolErrorHandler: () => undefined,
    });
    await source.initialize();
    tenants = new TenantDatabase(source, await readTenantSeal(database.url));
  });

  afterAll(() => source.destroy());

  /** What statements outside of any transaction find on the connections of the pool, all of them at once. */
  const leftBehind = async (): Promise<unknown[]> => {
    const look = `SELECT nullif(current_setting('gatehouse.tenant_id', true), '') AS tenant,
      nullif(current_setting('gatehouse.tenant_seal', true), '') AS seal,
      (SELECT count(*)::int FROM tenants) AS visible, current_user = session_user AS itself, pg_sleep(0.05)::text AS pause`;
    const found = await Promise.all(Array.from({ length: SIZE }, () => source.query(look)));
    return found.flat();
  };

  const nothing = Array.from({ length: SIZE }, () => ({
    tenant: null,
    seal: null,
    visible: 0,
    itself: true,
    pause: '',
  }));

  it.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['success', (em) => em.query('SELECT 1')],
    ['an error of a statement', (em) => em.query('SELECT 1/0')],
    ['an error of ours', () => Promise.reject(new Error('ours'))],
    [
      'a timeout',
      (em) => em.query(`SELECT set_config('statement_timeout', '1', true)`).then(() => em.query('SELECT pg_sleep(9)')),
    ],
    [
      'a cancelled statement',
      (em) =>
        em.query('SELECT pg_backend_pid() AS pid').then(([{ pid }]) => {
          const sleeping = em.query('SELECT pg_sleep(9)');
          return Promise.all([sleeping, cancelWhenBusy(pid)]);
        }),
    ],
    [
      'a refused write',
      (em) =>
        em.query(`SELECT set_config('transaction_read_only', 'on', true)`).then(() => em.query('DELETE FROM tenants')),
    ],
    [
      'a lost connection',
      (em) =>
        em
          .query('SELECT pg_backend_pid() AS pid')
          .then(([{ pid }]) => terminate(database.url, pid))
          .then(() => em.query('SELECT 1')),
    ],
  ])('T3 keeps no tenant on a connection after %s', async (what, work) => {
    const outcomes = await Promise.allSettled(Array.from({ length: SIZE }, () => tenants.withTenant(mine, work)));
    expect(outcomes.map(({ status }) => status)).toEqual(
      Array.from({ length: SIZE }, () => (what === 'success' ? 'fulfilled' : 'rejected')),
    );
    expect(await leftBehind()).toEqual(nothing);
  });

  it('T3 keeps tenants apart that share the pool at the same time', async () => {
    const asked = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? mine : theirs));
    const seen = await Promise.all(
      asked.map((tenant) => tenants.withTenant(tenant, (em) => em.query('SELECT tenant_id FROM tenants'))),
    );
    expect(seen).toEqual(asked.map((tenant) => [{ tenant_id: tenant }]));
    expect(await leftBehind()).toEqual(nothing);
  });
});

/** Cancels what the session runs, as an operator would, once it runs. */
async function cancelWhenBusy(pid: number): Promise<void> {
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND query LIKE 'SELECT pg_sleep(9)%'`;
  while ((await owner.query(cancel, [pid])).rowCount === 0);
  await owner.end();
}
