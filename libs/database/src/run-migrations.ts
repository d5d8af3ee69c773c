import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { checkOwner } from './check-server.js';
import { DatabaseSetupError, reasonOf } from './database-setup-error.js';
import { describeUrl } from './connection-url.js';
import { driverErrorOf } from './database-errors.js';
import { asOwner } from './owner-session.js';
import { TIMEOUTS } from './pool-config.js';
import { SilentLogger } from './silent-logger.js';

export type MigrationClass = new () => MigrationInterface;

/**
 * Brings the schema up to date as the owner of the database. Any number of nodes may do so at once: one works, the others wait
 * for it.
 *
 * @returns the names of the migrations that were run
 * @throws {DatabaseSetupError} when the database can't be reached, is too old or the user lacks rights
 */
export function runMigrations(url: string, migrations: readonly MigrationClass[]): Promise<string[]> {
  // TypeORM takes no lock of its own.
  return asOwner(url, async (owner) => {
    await checkOwner(owner);
    return migrate(url, migrations);
  });
}

async function migrate(url: string, migrations: readonly MigrationClass[]): Promise<string[]> {
  const source = ownerSource(url, migrations);
  await source.initialize();
  try {
    const run = await source.runMigrations({ transaction: 'each' });
    return run.map(({ name }) => name);
  } catch (error) {
    const message = `Migrating the database ${describeUrl(url)} failed, and nothing of the failed migration was kept: ${reasonOf(error)}`;
    throw new DatabaseSetupError(message, { cause: driverErrorOf(error) });
  } finally {
    await source.destroy();
  }
}

/** The owner's way in: for migrations only. */
export function ownerSource(url: string, migrations: readonly MigrationClass[]): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    extra: { connectionString: url, connectionTimeoutMillis: TIMEOUTS.connect },
    migrations: [...migrations],
    migrationsTableName: 'schema_migrations',
    installExtensions: false,
    logger: new SilentLogger(),
  });
}
