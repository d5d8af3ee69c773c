import { newId, type TenantId } from '#app/kernel';
import { openTestDatabase, terminate, type OpenTestDatabase } from '#app/testing';
import pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { DatabaseRole } from './connection-url.js';
import { openLogins, type LoginUrls } from './logins.js';
import { poolConfig, TIMEOUTS } from './pool-config.js';
import { TenantDatabase } from './tenant-database.js';

/** Bookkeeping of the migrations: no tenant's data, and no role of the application may touch it. */
const NOT_OF_TENANTS = ['schema_migrations'];

let database: OpenTestDatabase;
let owner: pg.Client;
let logins: LoginUrls;
const mine = newId('tenant');
const theirs = newId('tenant');

beforeAll(async () => {
  database = await openTestDatabase();
  logins = await openLogins(database.url);
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  for (const tenant of [mine, theirs]) await addTenant(tenant);
});

afterAll(async () => {
  await owner.end();
  await database.close();
});

interface Column {
  table: string;
  name: string;
  type: string;
}

/** Columns that must be given a value, in the order in which the tables were made, so that parents come first. */
async function requiredColumns(): Promise<Map<string, Column[]>> {
  const { rows } = await owner.query<Column>(`
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull AND NOT a.atthasdef
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.oid, a.attnum`);
  const found = new Map<string, Column[]>();
  for (const column of rows.filter(({ table }) => !NOT_OF_TENANTS.includes(table))) {
    found.set(column.table, [...(found.get(column.table) ?? []), column]);
  }
  return found;
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  text: 'x',
  'text[]': [],
  bytea: Buffer.from('x'),
  integer: 1,
  bigint: 1,
  jsonb: {},
  'timestamp with time zone': new Date(),
};

const sample = (column: Column, tenant: TenantId): unknown => {
  if (column.name === 'tenant_id') return tenant;
  if (column.name === 'slot') return 'active';
  if (column.name === 'kind') return 'event';
  return SAMPLES[column.type];
};

/** One row in every table. */
async function addTenant(tenant: TenantId): Promise<void> {
  const tablesToFill = await requiredColumns();
  await database.tenants.withTenant(tenant, async (em) => {
    for (const [table, columns] of tablesToFill) {
      const names = columns.map(({ name }) => name).join(', ');
      const marks = columns.map((_, index) => `$${index + 1}`).join(', ');
      await em.query(
        `INSERT INTO ${table} (${names}) VALUES (${marks})`,
        columns.map((column) => sample(column, tenant)),
      );
    }
  });
}

interface Table {
  name: string;
  has_tenant: boolean;
  forced: boolean;
  policies: string[];
  indexed: boolean;
}

async function tables(): Promise<Table[]> {
  const { rows } = await owner.query<Table>(`
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
      EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull) AS has_tenant,
      ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1) AS policies,
      NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND NOT EXISTS (
          SELECT FROM unnest(i.indkey::int2[]) k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
          WHERE a.attname = 'tenant_id')) AS indexed
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`);
  return rows;
}

const isPartition = (table: Table): boolean => /^audit_events_\d{8}$/.test(table.name);

describe('T1 the catalogue of tables', () => {
  it('T1 forces row-level security on every table, and every table has its tenant in every key and index', async () => {
    const found = (await tables()).filter((table) => !NOT_OF_TENANTS.includes(table.name));
    expect(found.length).toBeGreaterThan(12);
    for (const table of found)
      expect(table).toMatchObject({ name: table.name, has_tenant: true, forced: true, indexed: true });
  });

  it('T1 has the tenant policy on every table that a role may query; a partition lets nobody in but through its parent', async () => {
    for (const table of (await tables()).filter(({ name }) => !NOT_OF_TENANTS.includes(name))) {
      expect([table.name, table.policies]).toEqual([
        table.name,
        isPartition(table) ? [] : ['system_rows', 'tenant_rows'],
      ]);
    }
  });

  it('T1 gives the roles of the application nothing on tables that belong to no tenant', async () => {
    for (const role of ['gatehouse_app', 'gatehouse_system']) {
      for (const name of NOT_OF_TENANTS) {
        const { rows } = await owner.query('SELECT has_table_privilege($1, $2, $3) AS may', [
          role,
          name,
          'SELECT, INSERT, UPDATE, DELETE',
        ]);
        expect(rows[0]).toEqual({ may: false });
      }
    }
  });

  it('T1 shows a query that forgot its tenant nothing, in every table', async () => {
    const app = await asRole('gatehouse_app');
    try {
      for (const table of (await requiredColumns()).keys()) {
        const { rows } = await app.query(`SELECT * FROM ${table}`);
        expect([table, rows]).toEqual([table, []]);
      }
    } finally {
      await app.end();
    }
  });

  it('T1 shows a tenant its own rows and no others, in every table', async () => {
    for (const table of (await requiredColumns()).keys()) {
      const seen = await database.tenants.withTenant(mine, (em) => em.query(`SELECT tenant_id FROM ${table}`));
      expect([table, seen]).toEqual([table, [{ tenant_id: mine }]]);
      const asked = await database.tenants.withTenant(mine, (em) =>
        em.query(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [theirs]),
      );
      expect([table, asked]).toEqual([table, []]);
    }
  });

  it('T1 refuses to write a row of another tenant', async () => {
    const write = database.tenants.withTenant(mine, (em) =>
      em.query('INSERT INTO tenants (tenant_id, name) VALUES ($1, $1)', [newId('tenant')]),
    );
    await expect(write).rejects.toThrow('row-level security');
    const take = database.tenants.withTenant(mine, (em) =>
      em.query(`UPDATE tenants SET name = 'taken' WHERE tenant_id = $1`, [theirs]),
    );
    await expect(take).resolves.toEqual([[], 0]);
  });
});

describe('a role of the application', () => {
  it.each<DatabaseRole>(['gatehouse_app', 'gatehouse_system'])(
    '%s may not change or delete an audit record',
    async (role) => {
      const client = await asRole(role);
      try {
        const partition = (await tables()).find(isPartition)?.name as string;
        for (const table of ['audit_events', partition]) {
          for (const statement of [
            `UPDATE ${table} SET type = 'x'`,
            `DELETE FROM ${table}`,
            `TRUNCATE ${table}`,
            `DROP TABLE ${table}`,
          ]) {
            await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/);
          }
        }
      } finally {
        await client.end();
      }
    },
  );

  it.each<DatabaseRole>(['gatehouse_app', 'gatehouse_system'])('T2 %s may not change a policy', async (role) => {
    const client = await asRole(role);
    try {
      for (const statement of [
        'ALTER TABLE tenants DISABLE ROW LEVEL SECURITY',
        'DROP POLICY tenant_rows ON tenants',
        'CREATE TABLE mine (id int)',
      ]) {
        await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/);
      }
    } finally {
      await client.end();
    }
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
      extra: poolConfig(logins.app, SIZE, TIMEOUTS),
      poolErrorHandler: () => undefined,
    });
    await source.initialize();
    tenants = new TenantDatabase(source);
  });

  afterAll(() => source.destroy());

  /** What statements outside of any transaction find on the connections of the pool, all of them at once. */
  const leftBehind = async (): Promise<unknown[]> => {
    const look = `SELECT nullif(current_setting('gatehouse.tenant_id', true), '') AS tenant,
      (SELECT count(*)::int FROM tenants) AS visible, current_user = session_user AS itself, pg_sleep(0.05)::text AS pause`;
    const found = await Promise.all(Array.from({ length: SIZE }, () => source.query(look)));
    return found.flat();
  };

  const nothing = Array.from({ length: SIZE }, () => ({ tenant: null, visible: 0, itself: true, pause: '' }));

  it.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['success', (em) => em.query('SELECT 1')],
    ['an error of a statement', (em) => em.query('SELECT 1/0')],
    ['an error of ours', () => Promise.reject(new Error('ours'))],
    [
      'a timeout',
      (em) => em.query(`SELECT set_config('statement_timeout', '1', true)`).then(() => em.query('SELECT pg_sleep(9)')),
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

async function asRole(role: DatabaseRole): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: role === 'gatehouse_app' ? logins.app : logins.system });
  await client.connect();
  return client;
}
