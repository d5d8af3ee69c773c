import pg from 'pg';
import { DataSource } from 'typeorm';
import { checkSession } from './check-server.js';
import { describeUrl, urlForRole, type DatabaseRole } from './connection-url.js';
import { isConnectionError, isSqlError } from './database-errors.js';
import { DatabaseSetupError, reasonOf } from './database-setup-error.js';
import { poolConfig, TIMEOUTS, type DatabaseTimeouts } from './pool-config.js';
import { runMigrations, type MigrationClass } from './run-migrations.js';
import { SilentLogger } from './silent-logger.js';
import { SystemDatabase } from './system-database.js';
import { TenantDatabase } from './tenant-database.js';

/** A class with TypeORM's decorators. */
export type EntityClass = new () => object;

export interface DatabaseOptions {
  /** Of a user that owns the database and may create roles. Requests are served as narrower roles that it enters. */
  readonly url: string;
  /** Most connections of each of the two pools (control plane, hot path). */
  readonly poolSize: number;
  readonly entities: readonly EntityClass[];
  /** All of them, oldest first. */
  readonly migrations: readonly MigrationClass[];
  readonly timeouts?: DatabaseTimeouts;
}

/** The two ways into one database. */
export class Database {
  constructor(
    readonly tenants: TenantDatabase,
    readonly system: SystemDatabase,
    private readonly pools: { readonly source: DataSource; readonly system: pg.Pool },
  ) {}

  /** Waits for what is in flight and closes all connections. */
  async close(): Promise<void> {
    await Promise.all([this.pools.source.destroy(), this.pools.system.end()]);
  }
}

/**
 * Migrates the database, opens both pools and checks that they are what they should be.
 *
 * @throws {DatabaseSetupError} for what an operator has to mend
 */
export async function connect(options: DatabaseOptions): Promise<Database> {
  await runMigrations(options.url, options.migrations);
  const systemConfig = configFor('gatehouse_system', options);
  const source = tenantSource(options);
  const system = new pg.Pool(systemConfig);
  // Idle connections break when the server restarts; the pool drops them and opens new ones.
  system.on('error', () => undefined);
  const database = new Database(new TenantDatabase(source), new SystemDatabase(system, systemConfig), {
    source,
    system,
  });
  try {
    await source.initialize();
    await checkSession('gatehouse_app', (text) => source.query(text));
    await checkSession('gatehouse_system', async (text) => (await system.query(text)).rows);
    return database;
  } catch (error) {
    await Promise.all([source.isInitialized ? source.destroy() : null, system.end()]);
    throw explain(error, options.url);
  }
}

function explain(error: unknown, url: string): unknown {
  if (!isSqlError(error) && !isConnectionError(error)) return error;
  const message = `Can't open the database ${describeUrl(url)} as the roles that serve requests: ${reasonOf(error)}`;
  return new DatabaseSetupError(message, { cause: error });
}

const configFor = (role: DatabaseRole, { url, poolSize, timeouts = TIMEOUTS }: DatabaseOptions): pg.PoolConfig =>
  poolConfig(urlForRole(url, role), poolSize, timeouts);

function tenantSource(options: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    extra: configFor('gatehouse_app', options),
    entities: [...options.entities],
    poolErrorHandler: () => undefined,
    installExtensions: false,
    logger: new SilentLogger(),
  });
}
