import { randomBytes } from 'node:crypto';
import { connect, type Database, type EntityClass } from '#app/database';
import pg from 'pg';

const TEMPLATE = 'gatehouse_template';

export interface TestDatabase {
  /** Of the owner, as `DATABASE_URL` would be. */
  readonly url: string;
  /** Ends whatever is still connected and deletes the database. */
  drop(): Promise<void>;
}

/** A database of its own for a test file, with the schema and no rows; `empty` for one without the schema. */
export async function createTestDatabase(kind: 'migrated' | 'empty' = 'migrated'): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asOwner(`CREATE DATABASE ${name} TEMPLATE ${kind === 'migrated' ? TEMPLATE : 'template1'}`);
  return {
    url: serverUrl().replace(/^postgres:\/\/\/[^?]+/, `postgres:///${name}`),
    drop: () => dropDatabase(name),
  };
}

export interface OpenTestDatabase extends Database {
  readonly url: string;
}

/**
 * A test database with both pools open, for tests without Nest. `close()` closes the pools and deletes it.
 *
 * @param entities TypeORM classes that the test uses through `tenants`
 */
export async function openTestDatabase(entities: readonly EntityClass[] = []): Promise<OpenTestDatabase> {
  const created = await createTestDatabase();
  const database = await connect({ url: created.url, poolSize: 4, entities, migrations: [] });
  const close = async (): Promise<void> => {
    await database.close();
    await created.drop();
  };
  return Object.assign(Object.create(database) as Database, { url: created.url, close });
}

/** Cuts one connection of a test database, as an operator would; returns when it is gone. */
export async function terminate(url: string, pid: number): Promise<void> {
  await asOwner('SELECT pg_terminate_backend($1, 5000)', [pid], url);
}

/**
 * Not `WITH (FORCE)`: that fails where the server itself is at work in the database, as autovacuum is, whose processes the owner may
 * not end. Without it the server ends those by itself, and waits for the others to go.
 */
async function dropDatabase(name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await asOwner(END_SESSIONS, [name]);
    try {
      return await asOwner(`DROP DATABASE ${name}`);
    } catch (error) {
      const inUse = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE;
      if (!inUse || attempt === MAX_DROPS) throw error;
    }
  }
}

const OBJECT_IN_USE = '55006';
/** The server waits five seconds in each. */
const MAX_DROPS = 6;

/** Those that the owner may end. */
const END_SESSIONS = `
  SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = $1 AND pid <> pg_backend_pid() AND CASE WHEN usesysid IS NULL THEN false ELSE pg_has_role(usesysid, 'USAGE') END`;

async function asOwner(statement: string, values: unknown[] = [], url = serverUrl()): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement, values);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  const url = process.env.GATEHOUSE_TEST_DATABASE_URL;
  if (url === undefined)
    throw new Error('The test server is not running: run the test through Jest with the project’s configuration');
  return url;
}
