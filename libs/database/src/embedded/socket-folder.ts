import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSetupError } from '../database-setup-error.js';
import { canWork } from './cluster-place.js';
import type { RunAccount } from './run-account.js';

/** The kernel stores at most 108 bytes; Postgres adds `.lock` to the name of the file beside it. */
const LONGEST_PATH = 99;

/** Only part of the socket's name: there is no TCP port. */
export const PORT = 5432;

/**
 * The private folder of the server's socket: in the place of the database, or when its path is too long for a socket or its
 * file system has none (shared folders of a virtual machine), a folder of mode 0700 below the system's temporary folder.
 */
export async function openSocketFolder(place: string, account: RunAccount | null): Promise<string> {
  const name = `gatehouse-${createHash('sha256').update(place).digest('hex').slice(0, 16)}`;
  for (const folder of [join(place, 'run'), join(tmpdir(), name), join('/tmp', name)]) {
    if (fits(folder) && own(folder, account) && (await takesSockets(folder))) return folder;
  }
  throw new DatabaseSetupError(
    `Found no folder for the socket of the embedded database: ${place} is too long a path or has no sockets, and ${tmpdir()} can't be ` +
      'used. Set GATEHOUSE_DATA_DIR to a folder with a shorter path, or point DATABASE_URL to a Postgres server.',
  );
}

/** Postgres takes a comma for a second folder, and quotes would need quoting. */
const fits = (folder: string): boolean =>
  Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= LONGEST_PATH && !/[,"'\\]/.test(folder);

/** False when the folder can't be made or is another's: anybody may make one of that name in a shared temporary folder. */
function own(folder: string, account: RunAccount | null): boolean {
  const uid = account?.uid ?? process.getuid?.();
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined && account !== null) chownSync(folder, account.uid, account.gid);
    const found = lstatSync(folder);
    const isPrivate = found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
    return isPrivate && (account === null || canWork(folder, account));
  } catch {
    return false;
  }
}

async function takesSockets(folder: string): Promise<boolean> {
  const probe = join(folder, 'probe');
  rmSync(probe, { force: true });
  const server = createServer();
  try {
    server.listen(probe);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
    rmSync(probe, { force: true });
  }
}
