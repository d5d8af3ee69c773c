import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DatabaseSetupError } from '../database-setup-error.js';
import { hasCluster } from './cluster-place.js';
import { guard } from './guard.js';
import type { PostgresRuntime } from './postgres-runtime.js';

/** The account of the database server that owns everything; only this launcher uses it. */
export const SUPERUSER = 'postgres';

/**
 * Makes the cluster when there is none yet. Made under another name and renamed when whole, so an interruption at any time
 * leaves either no cluster or a good one.
 *
 * @returns the data directory of Postgres
 */
export async function initCluster(place: string, runtime: PostgresRuntime): Promise<string> {
  const cluster = join(place, 'cluster');
  removeDrafts(place);
  if (hasCluster(place)) {
    assertSameMajor(cluster, runtime.version);
    return cluster;
  }
  const draft = `${cluster}.new-${randomBytes(4).toString('hex')}`;
  await initdb(draft, runtime);
  renameSync(draft, cluster);
  return cluster;
}

function removeDrafts(place: string): void {
  for (const name of readdirSync(place)) {
    if (name.startsWith('cluster.new-')) rmSync(join(place, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function initdb(folder: string, runtime: PostgresRuntime): Promise<void> {
  // Everybody who reaches the socket may connect, and the socket's folder lets in nobody but this account.
  const access = ['--auth=trust', `--username=${SUPERUSER}`];
  const child = spawn(
    join(runtime.bin, 'initdb'),
    ['-D', folder, '--encoding=UTF8', '--locale=C', '--no-instructions', ...access],
    { ...runtime.spawnOptions, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const watcher = guard(child, runtime);
  const [printed, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  watcher.dismiss();
  if (code !== 0) throw new DatabaseSetupError(`Making the embedded database failed. initdb said: ${printed.trim()}`);
}

function assertSameMajor(cluster: string, version: string): void {
  const made = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const major = version.split('.')[0] as string;
  if (made === major) return;
  throw new DatabaseSetupError(
    `The embedded database in ${cluster} was made by PostgreSQL ${made}, and this release brings ${major}. Dump it with the release ` +
      'that made it and load the dump into a new one, or point DATABASE_URL to a server that holds the data.',
  );
}
