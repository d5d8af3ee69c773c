import pg from 'pg';
import { DataSource } from 'typeorm';
import { checkSession } from './check-server.js';
import { describeUrl } from './connection-url.js';
import { isConnectionError, isSqlError } from './database-errors.js';
import { DatabaseSetupError, reasonOf } from './database-setup-error.js';
import { type LoginUrls, openLogins } from './logins.js';
import { asOwner } from './owner-session.js';
import { poolConfig, TIMEOUTS, type DatabaseTimeouts } from './pool-config.js';
import { runMigrations, type MigrationClass } from './run-migrations.js';
import { SilentLogger } from './silent-logger.js';
import { SystemDatabase } from './system-database.js';
import { TenantDatabase } from './tenant-database.js';
import { readTenantSeal } from './tenant-seal.js';

/** A class with TypeORM's decorators. */
export type EntityClass = new () => object;

export interface DatabaseOptions {
  /** Of the user that owns the tables. Used before the first request only: to migrate and to make the logins. */
  readonly url: string;
  /** As whom requests are served, where an administrator has made these; else the owner makes them. */
  readonly logins?: LoginUrls | null;
  /** Most connections of each of the two pools (control plane, hot path). */
  readonly poolSize: number;
  readonly entities: readonly EntityClass[];
  /** All of them, oldest first. */
  readonly migrations: readonly MigrationClass[];
  /** What else only the owner may do, after migrating and before anything is served. */
  readonly settle?: (owner: OwnerQuery) => Promise<void>;
  readonly timeouts?: DatabaseTimeouts;
}

/** Runs one statement as the owner. */
export type OwnerQuery = (text: string, values: unknown[]) => Promise<void>;

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
 * Migrates the database as its owner, opens both pools as their own logins and checks that these are what they should be.
 *
 * @throws {DatabaseSetupError} for what an operator has to mend
 */
export async function connect(options: DatabaseOptions): Promise<Database> {
  await runMigrations(options.url, options.migrations);
  await settle(options);
  const seal = await readTenantSeal(options.url);
  const { app, system } = options.logins ?? (await openLogins(options.url));
  const pools = openPools(options, app, system);
  try {
    await pools.source.initialize();
    await checkSession('gatehouse_app', (text, values) => pools.source.query(text, values));
    await checkSession('gatehouse_system', async (text, values) => (await pools.system.query(text, values)).rows);
  } catch (error) {
    await Promise.all([pools.source.isInitialized ? pools.source.destroy() : null, pools.system.end()]);
    throw explain(error, options.url);
  }
  const systemDatabase = new SystemDatabase(pools.system, configFor(system, options));
  return new Database(new TenantDatabase(pools.source, seal), systemDatabase, pools);
}

async function settle({ url, settle: work }: DatabaseOptions): Promise<void> {
  if (work === undefined) return;
  await asOwner(url, (owner) => work(async (text, values) => void (await owner.query(text, values))));
}

function openPools(options: DatabaseOptions, app: string, system: string): { source: DataSource; system: pg.Pool } {
  const pool = new pg.Pool(configFor(system, options));
  // Idle connections break when the server restarts; the pool drops them and opens new ones.
  pool.on('error', () => undefined);
  return { source: tenantSource(app, options), system: pool };
}

function explain(error: unknown, url: string): unknown {
  if (!isSqlError(error) && !isConnectionError(error)) return error;
  const message = `Can't open the database ${describeUrl(url)} as the logins that serve requests: ${reasonOf(error)}`;
  return new DatabaseSetupError(message, { cause: error });
}

const configFor = (url: string, { poolSize, timeouts = TIMEOUTS }: DatabaseOptions): pg.PoolConfig =>
  poolConfig(url, poolSize, timeouts);

function tenantSource(url: string, options: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    driver: pg,
    extra: configFor(url, options),
    entities: [...options.entities],
    poolErrorHandler: () => undefined,
    installExtensions: false,
    logger: new SilentLogger(),
  });
}
