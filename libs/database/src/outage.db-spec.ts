import { newId } from '#app/kernel';
import { createTestDatabase, type TestDatabase } from '#app/testing';
import pg from 'pg';
import { connect, type Database } from './connect.js';
import { startProxy, type Proxy } from '../test/tcp-proxy.js';

/**
 * The server is reached through a proxy that can refuse, cut or fall silent, as a network and a dying server do.
 */
let created: TestDatabase;
let proxy: Proxy;
let database: Database;

const tenant = newId('tenant');
const timeouts = { connect: 1_500, statement: 1_500, answer: 2_000 };
const ONE = { name: 'test_one', text: 'SELECT 1 AS one' };

beforeAll(async () => {
  created = await createTestDatabase();
  const { searchParams, pathname } = new URL(created.url);
  proxy = await startProxy(`${searchParams.get('host')}/.s.PGSQL.${searchParams.get('port')}`);
  const url = `postgres://gatehouse@127.0.0.1:${proxy.port}${pathname}`;
  database = await connect({ url, poolSize: 2, entities: [], migrations: [], timeouts });
});

afterAll(async () => {
  await proxy.behave('pass');
  await database.close();
  await proxy.close();
  await created.drop();
});

const attempts = (): [string, () => Promise<unknown>][] => [
  ['system query', () => database.system.query(ONE, [])],
  ['system transaction', () => database.system.transaction((query) => query(ONE, []))],
  ['lock', () => database.system.withLock('test.outage', () => Promise.resolve())],
  ['tenant transaction', () => database.tenants.withTenant(tenant, (em) => em.query('SELECT 1'))],
];

async function outcomes(): Promise<[string, unknown][]> {
  return Promise.all(
    attempts().map(async ([name, attempt]) => {
      const error: unknown = await attempt().then(
        () => null,
        (failure: unknown) => failure,
      );
      return [name, (error as { code?: string } | null)?.code ?? error];
    }),
  );
}

const everywhere = (expected: unknown): [string, unknown][] => attempts().map(([name]) => [name, expected]);

describe('N2 a database that is not there', () => {
  it.each(['refuse', 'silent'] as const)(
    'N2 refuses every use as not_available while the server is gone (%s), and recovers by itself',
    async (way) => {
      expect(await outcomes()).toEqual(everywhere(null));
      await proxy.behave(way);
      expect(await outcomes()).toEqual(everywhere('not_available'));
      expect(await database.system.isReachable()).toBe(false);
      await proxy.behave('pass');
      expect(await outcomes()).toEqual(everywhere(null));
      expect(await database.system.isReachable()).toBe(true);
    },
  );

  it('N2 refuses what finds no free connection, and what is waiting is served afterwards', async () => {
    let finish = (): void => undefined;
    const holding = new Promise<void>((resolve) => (finish = resolve));
    const hold = (): Promise<void> => database.system.transaction(() => holding);
    const held = [hold(), hold()];
    await expect(database.system.query(ONE, [])).rejects.toMatchObject({ code: 'not_available' });
    finish();
    await Promise.all(held);
    await expect(database.system.query(ONE, [])).resolves.toEqual([{ one: 1 }]);
  });
});

describe('N3 a server that may lose what it has committed', () => {
  const open = (url: string): Promise<Database> => connect({ url, poolSize: 1, entities: [], migrations: [] });

  it('N3 is refused at boot when the database switches synchronous_commit off', async () => {
    const unsafe = await createTestDatabase();
    const name = new URL(unsafe.url).pathname.slice(1);
    const client = new pg.Client({ connectionString: unsafe.url });
    await client.connect();
    await client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    await client.end();
    await expect(open(unsafe.url)).rejects.toThrow('synchronous_commit=off');
    await unsafe.drop();
  });

  it('N3 is refused at boot when the URL switches synchronous_commit off', async () => {
    await expect(open(`${created.url}&options=-c%20synchronous_commit%3Doff`)).rejects.toThrow(
      'synchronous_commit=off',
    );
  });
});
