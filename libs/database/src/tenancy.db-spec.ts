import { newId } from '#app/kernel';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import type { DatabaseRole } from './connection-url.js';
import { openLogins, type LoginUrls } from './logins.js';
import { fillEveryTable, NOT_OF_TENANTS, requiredColumns, rowFor } from '../test/every-table.js';

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
  await fillEveryTable(owner, mine, 'mine');
  await fillEveryTable(owner, theirs, 'theirs');
});

afterAll(async () => {
  await owner.end();
  await database.close();
});

interface Table {
  name: string;
  forced: boolean;
  policies: string[];
  key: string | null;
  indexed: boolean;
}

async function tables(): Promise<Table[]> {
  const { rows } = await owner.query<Table>(`
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
      ARRAY(SELECT concat_ws(' ', p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],
          pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
        FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1) AS policies,
      (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
      NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND NOT EXISTS (
          SELECT FROM unnest(i.indkey::int2[]) k JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
          WHERE a.attname = 'tenant_id')) AS indexed
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`);
  return rows.filter(({ name }) => !NOT_OF_TENANTS.includes(name));
}

/** Everything is allowed to see and write exactly the rows of the sealed tenant, or, for the system, all rows. */
const POLICIES = [
  'system_rows * t {gatehouse_system} true true',
  'tenant_rows * t {gatehouse_app} (tenant_id = ( SELECT current_tenant() AS current_tenant)) (tenant_id = ( SELECT current_tenant() AS current_tenant))',
];

const isPartition = (table: Table): boolean => /^audit_events_\d{8}$/.test(table.name);

describe('T1 the catalogue of tables', () => {
  it('T1 forces row-level security on every table; its tenant leads its key and is in every index', async () => {
    const found = await tables();
    expect(found.length).toBeGreaterThan(12);
    for (const table of found)
      expect(table).toMatchObject({ name: table.name, forced: true, key: 'tenant_id', indexed: true });
  });

  it('T1 has the two policies, word for word, on every table; a partition lets nobody in but through its parent', async () => {
    for (const table of await tables())
      expect([table.name, table.policies]).toEqual([table.name, isPartition(table) ? [] : POLICIES]);
  });

  it('T1 keeps every table in this schema, and reads none through a view that asks as its owner', async () => {
    const { rows } = await owner.query(`
      SELECT c.relname, c.relkind, c.reloptions FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^(pg_|information_schema$)' AND (n.nspname <> 'public' AND c.relkind IN ('r', 'p')
        OR c.relkind IN ('m', 'f') OR c.relkind = 'v' AND NOT 'security_invoker=true' = ANY(coalesce(c.reloptions, '{}')))`);
    expect(rows).toEqual([]);
  });

  it('T1 lets no function run as its owner without a fixed search path, nor for the public', async () => {
    const { rows } = await owner.query<{ name: string; path: string[] | null; acl: string }>(`
      SELECT proname AS name, proconfig AS path, proacl::text AS acl FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1`);
    expect(rows.map(({ name }) => name)).toContain('current_tenant');
    for (const { name, path, acl } of rows) {
      expect([name, path]).toEqual([name, ['search_path=pg_catalog, public, pg_temp']]);
      // The public would stand there as a grantee without a name.
      expect([name, acl]).toEqual([name, expect.not.stringMatching(/[{,]=X/)]);
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
      for (const table of (await requiredColumns(owner)).keys()) {
        const { rows } = await app.query(`SELECT * FROM ${table}`);
        expect([table, rows]).toEqual([table, []]);
      }
    } finally {
      await app.end();
    }
  });

  it('T1 shows a tenant its own rows and no others, in every table', async () => {
    for (const table of (await requiredColumns(owner)).keys()) {
      const seen = await database.tenants.withTenant(mine, (em) => em.query(`SELECT tenant_id FROM ${table}`));
      expect([table, seen]).toEqual([table, [{ tenant_id: mine }]]);
      const asked = await database.tenants.withTenant(mine, (em) =>
        em.query(`SELECT 1 FROM ${table} WHERE tenant_id = $1`, [theirs]),
      );
      expect([table, asked]).toEqual([table, []]);
    }
  });

  it('T1 refuses to write a row of another tenant, in every table', async () => {
    for (const [table, columns] of await requiredColumns(owner)) {
      const [insert, values] = rowFor(table, columns, newId('tenant'), 'new');
      const foreign = database.tenants.withTenant(mine, (em) => em.query(insert, values));
      await expect(foreign).rejects.toThrow(/row-level security|permission denied/);
      const touched = database.tenants.withTenant(mine, (em) =>
        em.query(`UPDATE ${table} SET tenant_id = $1 WHERE tenant_id = $2`, [mine, theirs]),
      );
      await expect(touched.catch((error: Error) => error.message)).resolves.toEqual(
        (await appMay(table, 'UPDATE')) ? [[], 0] : expect.stringContaining('permission denied'),
      );
    }
  });

  it('T1 refuses to give a row away to another tenant', async () => {
    const give = database.tenants.withTenant(mine, (em) => em.query(`UPDATE api_clients SET tenant_id = $1`, [theirs]));
    await expect(give).rejects.toThrow('row-level security');
  });

  it('T1 takes a tenant for nothing that comes without its seal, or with another one', async () => {
    const look = (em: EntityManager): Promise<unknown> => em.query('SELECT tenant_id FROM tenants');
    const claim = (values: string): Promise<unknown> =>
      database.tenants.withTenant(mine, async (em) => {
        await em.query(`SELECT set_config('gatehouse.tenant_id', $1, true)`, [theirs]);
        await em.query(`SELECT set_config('gatehouse.tenant_seal', ${values}, true)`);
        return look(em);
      });
    await expect(claim(`current_setting('gatehouse.tenant_seal')`)).resolves.toEqual([]);
    await expect(claim(`''`)).resolves.toEqual([]);
    await expect(claim(`encode(sha256('${theirs}'), 'hex')`)).resolves.toEqual([]);
    await expect(database.tenants.withTenant(mine, look)).resolves.toEqual([{ tenant_id: mine }]);
  });
});

async function appMay(table: string, privilege: string): Promise<boolean> {
  const { rows } = await owner.query<{ may: boolean }>('SELECT has_table_privilege($1, $2, $3) AS may', [
    'gatehouse_app',
    table,
    privilege,
  ]);
  return rows[0]?.may === true;
}

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

async function asRole(role: DatabaseRole): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: role === 'gatehouse_app' ? logins.app : logins.system });
  await client.connect();
  return client;
}
