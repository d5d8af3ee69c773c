import { createTestDatabase, type TestDatabase } from '#app/testing';
import pg from 'pg';
import { MIGRATIONS } from '../../../migrations/index.js';
import { DatabaseSetupError } from './database-setup-error.js';
import { ownerSource, runMigrations } from './run-migrations.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase('empty');
});

afterEach(() => database.drop());

async function query<R extends pg.QueryResultRow>(text: string, url = database.url): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

const tableNames = async (): Promise<string[]> => {
  const rows = await query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

describe('runMigrations', () => {
  it('runs every migration once, however many nodes start at the same time', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => runMigrations(database.url, MIGRATIONS)));
    const names = MIGRATIONS.map((migration) => new migration().name);
    expect(runs.flat()).toEqual(names);
    expect(runs.filter((run) => run.length === 0)).toHaveLength(3);
  });

  it('does nothing on a database that is up to date', async () => {
    await runMigrations(database.url, MIGRATIONS);
    await expect(runMigrations(database.url, MIGRATIONS)).resolves.toEqual([]);
  });

  it('leaves nothing of a migration that fails', async () => {
    class Broken20990101000000 {
      name = 'Broken20990101000000';
      async up(runner: { query(text: string): Promise<unknown> }): Promise<void> {
        await runner.query('CREATE TABLE half_done (id int)');
        await runner.query('SELECT 1/0');
      }
      async down(): Promise<void> {}
    }
    await expect(runMigrations(database.url, [...MIGRATIONS, Broken20990101000000])).rejects.toThrow(
      'division by zero',
    );
    const names = await tableNames();
    expect(names).toContain('tenants');
    expect(names).not.toContain('half_done');
  });

  it('can be taken back by down(), one migration after the other, and run again', async () => {
    await runMigrations(database.url, MIGRATIONS);
    const migrated = await tableNames();
    const source = ownerSource(database.url, MIGRATIONS);
    await source.initialize();
    for (const _ of MIGRATIONS) await source.undoLastMigration({ transaction: 'each' });
    await source.destroy();
    expect(await tableNames()).toEqual(['schema_migrations']);
    await runMigrations(database.url, MIGRATIONS);
    expect(await tableNames()).toEqual(migrated);
  });

  it('says so when nothing listens there, without the password', async () => {
    const failure = await runMigrations('postgres://me:s3cret@127.0.0.1:1/gatehouse', MIGRATIONS).catch(
      (error: Error) => error,
    );
    expect(failure).toBeInstanceOf(DatabaseSetupError);
    expect(String(failure)).toContain('127.0.0.1:1/gatehouse');
    expect(String(failure)).not.toContain('s3cret');
  });

  it('says what an administrator has to run when the user may not create or enter the roles', async () => {
    const user = `plain_${Date.now().toString(36)}`;
    const asPlainUser = database.url.replace('user=gatehouse', `user=${user}`);
    await query(`CREATE ROLE ${user} LOGIN`);
    try {
      await expect(runMigrations(asPlainUser, MIGRATIONS)).rejects.toThrow(
        new RegExp(
          `"${user}".*may not enter the roles.*GRANT gatehouse_app, gatehouse_system TO "${user}" WITH ADMIN OPTION`,
        ),
      );
      expect(await tableNames()).toEqual([]);
    } finally {
      await query(`DROP ROLE ${user}`);
    }
  });
});
