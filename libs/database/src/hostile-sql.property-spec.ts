import { newId } from '#app/kernel';
import { openTestDatabase, SecretScanner, type OpenTestDatabase } from '#app/testing';
import pg from 'pg';
import { fillEveryTable, NOT_OF_TENANTS, requiredColumns } from '../test/every-table.js';
import { HostileSql, type Vocabulary } from '../test/hostile-sql.js';
import { openLogins, type LoginUrls } from './logins.js';
import { readTenantSeal } from './tenant-seal.js';

const STATEMENTS = 10_000;
/** State piles up over these; then a fresh connection, since much of it makes every later statement fail. */
const PER_CONNECTION = 100;

let database: OpenTestDatabase;
let owner: pg.Client;
let logins: LoginUrls;
const mine = newId('tenant');
/** Its id is known to the attacker, what it holds is not. */
const known = newId('tenant');
/** Not even its id is known. */
const unknown = newId('tenant');
const KNOWN_MARK = 'mark-of-the-tenant-whose-id-is-known';
const UNKNOWN_MARK = 'mark-of-the-tenant-that-nobody-knows';

beforeAll(async () => {
  database = await openTestDatabase();
  logins = await openLogins(database.url);
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await fillEveryTable(owner, mine, 'mark-of-the-tenant-of-the-attacker');
  await fillEveryTable(owner, known, KNOWN_MARK);
  await fillEveryTable(owner, unknown, UNKNOWN_MARK);
});

afterAll(async () => {
  await owner.end();
  await database.close();
});

async function vocabulary(url: string): Promise<Vocabulary> {
  const columns = await requiredColumns(owner);
  const partition = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r' LIMIT 1`,
  );
  return {
    tables: [...columns.keys(), ...NOT_OF_TENANTS, partition.rows[0]?.name as string],
    columns: [...new Set([...columns.values()].flat().map(({ name }) => name))],
    roles: ['postgres', 'gatehouse', 'gatehouse_app', 'gatehouse_system', 'pg_read_all_data', 'pg_database_owner'],
    tenants: [mine, known],
    login: new URL(url).searchParams.get('user') as string,
    database: new URL(url).pathname.slice(1),
  };
}

/** All that a statement gave back: rows, what was copied out, notices, the error with its detail. */
class Listener {
  readonly heard: Buffer[] = [];

  constructor(readonly client: pg.Client) {
    client.on('notice', (notice) => this.hear([notice.message, notice.detail]));
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.on('copyData', ({ chunk }: { chunk: Buffer }) => void this.heard.push(chunk));
  }

  async run(statement: string): Promise<void> {
    try {
      const results = await this.client.query({ text: statement, rowMode: 'array' });
      for (const { rows } of [results].flat()) this.hear(rows);
    } catch (error) {
      const { message, detail, hint, where } = error as pg.DatabaseError;
      this.hear([message, detail, hint, where]);
    }
  }

  private hear(values: unknown): void {
    const flat = [values].flat(3);
    for (const value of flat) {
      if (Buffer.isBuffer(value)) this.heard.push(value, Buffer.from(value.toString('hex')));
      else this.heard.push(Buffer.from(JSON.stringify(value) ?? ''));
    }
  }
}

async function attack(url: string, seed: number, enter: (client: pg.Client) => Promise<unknown>): Promise<Buffer> {
  const hostile = new HostileSql(await vocabulary(url), seed);
  const heard: Buffer[] = [];
  for (let sent = 0; sent < STATEMENTS; sent += PER_CONNECTION) {
    const client = new pg.Client({ connectionString: url, statement_timeout: 2_000 });
    client.on('error', () => undefined);
    await client.connect();
    await enter(client);
    const listener = new Listener(client);
    // alone, in pairs and in threes
    for (let left = PER_CONNECTION; left > 0; left -= 1 + (left % 3)) await listener.run(hostile.next(1 + (left % 3)));
    heard.push(...listener.heard);
    await client.end();
  }
  return Buffer.concat(heard.flatMap((part) => [part, Buffer.from('\n')]));
}

/** Whatever rights consist of, and the rows that the attacker may not change. */
async function fingerprint(tables: readonly string[]): Promise<Record<string, unknown>> {
  const { rows } = await owner.query<Record<string, unknown>>(`SELECT
    (SELECT jsonb_agg(p ORDER BY polrelid, polname) FROM pg_policy p) AS policies,
    (SELECT jsonb_agg(jsonb_build_array(relname, relowner, relkind, relrowsecurity, relforcerowsecurity, relacl, relnatts)
      ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS relations,
    (SELECT jsonb_agg(jsonb_build_array(proname, prosrc, proowner, prosecdef, proconfig, proacl) ORDER BY proname)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS functions,
    (SELECT jsonb_agg(jsonb_build_array(rolname, rolsuper, rolcreaterole, rolbypassrls, rolreplication, rolcanlogin, rolconfig)
      ORDER BY rolname) FROM pg_roles WHERE rolname IN ('postgres', 'gatehouse', 'gatehouse_app', 'gatehouse_system', 'intruder')
      OR rolname LIKE '%\\_' || (SELECT oid FROM pg_database WHERE datname = current_database())) AS roles,
    (SELECT jsonb_agg(jsonb_build_array(nspname, nspowner, nspacl) ORDER BY nspname)
      FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp') AS schemas,
    (SELECT jsonb_agg(jsonb_build_array(datname, datacl)) FROM pg_database WHERE datname = current_database()) AS database,
    (SELECT count(*) FROM pg_extension) AS extensions, (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) AS triggers,
    (SELECT count(*) FROM pg_rewrite) AS rules,
    (SELECT count(*) FROM pg_default_acl WHERE defaclrole = 'gatehouse'::regrole) AS defaults,
    (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase <> 0 OR setrole <> 0) AS settings`);
  const contents = await Promise.all(
    tables.map(async (table) => [
      table,
      (await owner.query(`SELECT t::text FROM ${table} t WHERE tenant_id <> $1`, [mine])).rows,
    ]),
  );
  return { ...rows[0], contents };
}

const tablesWhere = async (condition: string): Promise<string[]> => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND NOT relispartition AND relname <> ALL($1) AND ${condition} ORDER BY 1`,
    [NOT_OF_TENANTS],
  );
  return rows.map(({ name }) => name);
};

describe('T2 SQL of an attacker', () => {
  it('T2 as the login of the control plane, within a tenant: shows no row of another, changes no policy, right or foreign row', async () => {
    const seal = await readTenantSeal(database.url);
    const tables = await tablesWhere('true');
    const before = await fingerprint(tables);
    const heard = await attack(logins.app, 1, (client) =>
      client.query(
        `SELECT set_config('gatehouse.tenant_id', $1, false), set_config('gatehouse.tenant_seal', $2, false)`,
        [mine, seal(mine)],
      ),
    );
    expect(await fingerprint(tables)).toEqual(before);
    const secrets = { KNOWN_MARK, UNKNOWN_MARK, unknown, seal: seal(known) };
    expect(new SecretScanner(secrets).scan(heard)).toEqual([]);
    expect(new SecretScanner({ own: 'mark-of-the-tenant-of-the-attacker' }).scan(heard)).not.toEqual([]);
  });

  it('T2 as the login of the hot path: changes no policy, no right and no row but where it has to, and reads no password or key', async () => {
    const granted = `(has_table_privilege('gatehouse_system', oid, 'DELETE') OR has_any_column_privilege('gatehouse_system', oid, 'UPDATE'))`;
    const tables = await tablesWhere(`NOT ${granted} AND relname <> 'audit_events'`);
    expect(tables).toEqual(expect.arrayContaining(['tenants', 'api_clients', 'connections', 'tenant_keys']));
    const before = await fingerprint(tables);
    const trail = (): Promise<unknown> =>
      owner
        .query('SELECT t::text FROM audit_events t WHERE request_id LIKE $1 ORDER BY 1', ['mark%'])
        .then(({ rows }) => rows);
    const recorded = await trail();
    const heard = await attack(logins.system, 2, () => Promise.resolve());
    expect(await fingerprint(tables)).toEqual(before);
    expect(await trail()).toEqual(recorded);
    const { rows } = await owner.query<{ key: string }>(`SELECT encode(key, 'hex') AS key FROM tenant_seal_key`);
    expect(new SecretScanner({ key: String(rows[0]?.key) }).scan(heard)).toEqual([]);
    expect(heard.toString('latin1')).not.toMatch(/SCRAM-SHA-256|root:x:0/);
  });

  it('T2 as a login that gives up its own rights, as any role can: opens nothing', async () => {
    const client = new pg.Client({ connectionString: logins.app });
    await client.connect();
    for (const statement of [
      'DROP OWNED BY gatehouse_app',
      `ALTER ROLE CURRENT_USER SET row_security = off`,
      `ALTER ROLE CURRENT_USER SET search_path = pg_temp`,
      `ALTER ROLE CURRENT_USER SET role = 'gatehouse'`,
    ])
      // Postgres may refuse some of it: a right to a sequence can't be dropped that way
      await client.query(statement).catch(() => undefined);
    await client.end();
    const after = new pg.Client({ connectionString: logins.app });
    await after.connect();
    const { rows } = await after.query(`SELECT current_user = session_user AS itself`);
    expect(rows).toEqual([{ itself: true }]);
    for (const table of await tablesWhere('true'))
      await expect(after.query(`SELECT * FROM public.${table}`)).rejects.toThrow(
        /permission denied|row-level security/,
      );
    await after.end();
  });
});
