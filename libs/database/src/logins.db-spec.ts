import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { MIGRATIONS } from '../../../migrations/index.js';
import { connect } from './connect.js';
import { DatabaseSetupError } from './database-setup-error.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded/start-embedded-postgres.js';
import { openLogins } from './logins.js';
import { startProxy } from '../test/tcp-proxy.js';

/** A server that asks everybody but its administrator for a password, as the one of an operator does. */
let server: EmbeddedPostgres;
let folder: string;
let databases = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-logins-'));
  chmodSync(folder, 0o711);
  server = await startEmbeddedPostgres({ dataDir: folder, log: () => undefined });
  const rules = join(server.place, 'cluster', 'pg_hba.conf');
  writeFileSync(rules, `local all postgres trust\nlocal all all scram-sha-256\n${readFileSync(rules, 'utf8')}`);
  await asAdministrator('SELECT pg_reload_conf()');
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows as Record<string, unknown>[];
    return rows;
  } finally {
    await client.end();
  }
}

const adminUrl = (database = 'postgres'): string =>
  server.url.replace('user=gatehouse', 'user=postgres').replace('postgres:///gatehouse', `postgres:///${database}`);

const asAdministrator = (...statements: string[]): Promise<Record<string, unknown>[]> => run(adminUrl(), ...statements);

/** A database with an owner of its own: what an operator hands over as `DATABASE_URL`. */
async function handOver(rights = 'CREATEROLE'): Promise<{ url: string; name: string; owner: string }> {
  databases += 1;
  const name = `installation_${databases}`;
  const owner = `owner_${databases}`;
  await asAdministrator(
    `CREATE ROLE ${owner} LOGIN ${rights} PASSWORD 'first-${owner}'`,
    `CREATE DATABASE ${name} OWNER ${owner}`,
    ...['gatehouse_app', 'gatehouse_system'].map(
      (role) => `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    ),
    `GRANT gatehouse_app, gatehouse_system TO ${owner} ${rights === 'CREATEROLE' ? 'WITH ADMIN OPTION' : ''}`,
  );
  const host = new URL(server.url).search.replace('&user=gatehouse', '');
  return { url: `postgres:///${name}${host}&user=${owner}&password=first-${owner}`, name, owner };
}

const open = (url: string, logins?: { app: string; system: string }): Promise<{ close(): Promise<void> }> =>
  connect({ url, poolSize: 1, entities: [], migrations: MIGRATIONS, logins: logins ?? null });

describe('openLogins', () => {
  it('T2 makes logins that are their one role, that a password guards, and that hold no way back to the owner', async () => {
    const { url, owner } = await handOver();
    const database = await open(url);
    const { app, system } = await openLogins(url);
    for (const [login, role] of [
      [app, 'gatehouse_app'],
      [system, 'gatehouse_system'],
    ] as const) {
      const [found] = await run(
        login,
        `SELECT session_user = current_user AS entered,
           ARRAY(SELECT rolname::text FROM pg_roles WHERE pg_has_role(oid, 'MEMBER') AND rolname <> session_user) AS roles`,
      );
      expect(found).toEqual({ entered: true, roles: [role] });
      for (const way of [`SET ROLE ${owner}`, `SET SESSION AUTHORIZATION ${owner}`])
        await expect(run(login, way)).rejects.toThrow(/permission denied/);
      for (const way of ['SET ROLE NONE', 'RESET ROLE', 'RESET SESSION AUTHORIZATION', 'DISCARD ALL'])
        expect(await run(login, way, `SELECT current_user <> '${owner}' AS bound`)).toEqual([{ bound: true }]);
      await expect(run(login.replace(/password=[^&]+/, 'password=guess'), 'SELECT 1')).rejects.toThrow(
        'password authentication failed',
      );
    }
    await database.close();
  });

  it('comes to the same logins on every node, and nodes may start at the same time', async () => {
    const { url } = await handOver();
    const nodes = await Promise.all([open(url), open(url), open(url)]);
    const [first, second] = [await openLogins(url), await openLogins(url)];
    expect(first).toEqual(second);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it('T2 sends no password, in a statement or otherwise', async () => {
    const { url, owner, name } = await handOver();
    const { searchParams } = new URL(url);
    const proxy = await startProxy(`${searchParams.get('host')}/.s.PGSQL.${searchParams.get('port')}`);
    const throughProxy = `postgres://${owner}:first-${owner}@127.0.0.1:${proxy.port}/${name}`;
    await open(throughProxy).then((database) => database.close());
    const password = new URL((await openLogins(throughProxy)).app).password;
    await proxy.close();
    const sent = Buffer.concat(proxy.sent).toString('latin1');
    expect(sent).toContain("PASSWORD 'SCRAM-SHA-256$4096:");
    expect(password.length).toBeGreaterThan(40);
    expect(sent).not.toContain(password);
  });

  it('gives the logins new passwords when the owner has a new one', async () => {
    const { url, owner } = await handOver();
    await open(url).then((database) => database.close());
    const before = await openLogins(url);
    await asAdministrator(`ALTER ROLE ${owner} PASSWORD 'second'`);
    const renewed = url.replace(/password=[^&]+/, 'password=second');
    await open(renewed).then((database) => database.close());
    await expect(run(before.app, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('T2 lets the logins of another installation on the same server into no other database', async () => {
    const [mine, theirs] = [await handOver(), await handOver()];
    for (const { url } of [mine, theirs]) await open(url).then((database) => database.close());
    const { system } = await openLogins(mine.url);
    const trespass = system.replace(mine.name, theirs.name);
    await expect(run(trespass, 'SELECT * FROM tenants')).rejects.toThrow('permission denied for database');
  });

  it('says what an administrator has to run when the owner may not make logins, and takes what was made', async () => {
    const { url, name } = await handOver('NOCREATEROLE');
    const refusal = await open(url).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DatabaseSetupError);
    expect(String(refusal)).toMatch(/CREATE ROLE .* IN ROLE gatehouse_app; CREATE ROLE .* DATABASE_APP_URL/);
    await asAdministrator(
      `CREATE ROLE serving_app LOGIN PASSWORD 'a' IN ROLE gatehouse_app`,
      `CREATE ROLE serving_system LOGIN PASSWORD 's' IN ROLE gatehouse_system`,
    );
    const as = (user: string, password: string): string =>
      url.replace(/user=[^&]+&password=[^&]+/, `user=${user}&password=${password}`);
    const logins = { app: as('serving_app', 'a'), system: as('serving_system', 's') };
    await expect(open(url, logins)).rejects.toThrow(`REVOKE CREATE, TEMPORARY ON DATABASE "${name}" FROM PUBLIC`);
    await asAdministrator(`REVOKE CREATE, TEMPORARY ON DATABASE ${name} FROM PUBLIC`);
    await open(url, logins).then((database) => database.close());
    await expect(open(url, { app: logins.system, system: logins.app })).rejects.toThrow('does not have the role');
    await expect(open(url, { app: url, system: url })).rejects.toThrow(/owns \w+/);
  });

  it.each([
    ['a superuser', (login: string) => `ALTER ROLE ${login} SUPERUSER`, 'NOSUPERUSER'],
    ['one that bypasses row-level security', (login: string) => `ALTER ROLE ${login} BYPASSRLS`, 'NOBYPASSRLS'],
    ['a member of another', (login: string) => `CREATE ROLE bystander IN ROLE pg_monitor ROLE ${login}`, 'bystander'],
    ['a reader of files', (login: string) => `GRANT pg_read_server_files TO ${login}`, 'pg_read_server_files'],
  ])('T2 does not serve as a login that somebody made %s', async (_, statement, message) => {
    const { url } = await handOver();
    await open(url).then((database) => database.close());
    const login = new URL((await openLogins(url)).app).searchParams.get('user') as string;
    await asAdministrator(statement(login));
    await expect(open(url)).rejects.toThrow(message);
  });
});
