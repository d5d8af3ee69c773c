import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSetupError, reasonOf } from '../database-setup-error.js';
import { ownerOf, type RunAccount } from './run-account.js';

/** Names the folder that holds the database when it can't lie in the data folder itself. */
const POINTER = 'postgres-location';
const RELOCATED = '/var/lib/gatehouse';

/**
 * The folder, mode 0700, that belongs to the account which runs Postgres and holds its data, socket and libraries:
 * `<dataDir>/postgres`, or when that account can't get there (a folder above it is closed) one below `/var/lib/gatehouse`,
 * whose path is then written down in the data folder. Nobody's folders are opened up for it.
 */
export function openPlace(dataDir: string, account: RunAccount | null, log: (message: string) => void): string {
  const place = findPlace(dataDir);
  takeOver(place, account);
  if (account === null || canWork(place, account)) return realpathSync(place);
  if (place !== join(dataDir, 'postgres') || hasCluster(place)) throw unreachable(place, account);
  rmdirSync(place);
  const relocated = relocate(dataDir, account);
  log(
    `The embedded database lies in ${relocated}: the account "${account.name}" that runs Postgres for root ` +
      `may not enter ${dataDir}. The file ${join(dataDir, POINTER)} says so for the next start.`,
  );
  return relocated;
}

export const hasCluster = (place: string): boolean => existsSync(join(place, 'cluster', 'PG_VERSION'));

/** Where the database of this data folder lies, or would. */
export function findPlace(dataDir: string): string {
  const pointer = join(dataDir, POINTER);
  if (!existsSync(pointer)) return join(dataDir, 'postgres');
  const place = readFileSync(pointer, 'utf8').trim();
  if (existsSync(place)) return place;
  throw new DatabaseSetupError(
    `The file ${pointer} says that the database lies in ${place}, and that is gone. Bring it back (in a container: mount it, ` +
      'or set GATEHOUSE_DATA_DIR to a folder that every account may enter), or delete the file to start with an empty database.',
  );
}

/** A new folder each time: one named after the data folder would bring back the data of a deleted one at the same path. */
function relocate(dataDir: string, account: RunAccount): string {
  const place = join(RELOCATED, randomBytes(8).toString('hex'));
  mkdirSync(RELOCATED, { recursive: true, mode: 0o755 });
  takeOver(place, account);
  if (!canWork(place, account)) throw unreachable(place, account);
  writeFileSync(join(place, 'belongs-to'), `${realpathSync(dataDir)}\n`);
  writeFileSync(join(dataDir, POINTER), `${place}\n`);
  return place;
}

function takeOver(place: string, account: RunAccount | null): void {
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const owner = ownerOf(place);
  if (account === null) {
    if (owner !== process.getuid?.()) throw foreign(place, owner);
  } else if (owner !== account.uid) {
    giveTo(account, place);
  }
  chmodSync(place, 0o700);
}

/** Changes the owner of a folder and of all in it. */
export function giveTo(account: RunAccount, folder: string): void {
  try {
    lchownSync(folder, account.uid, account.gid);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      lchownSync(join(folder, name), account.uid, account.gid);
    }
  } catch (error) {
    throw new DatabaseSetupError(
      `Can't give ${folder} to the account "${account.name}", as which Postgres has to run because it refuses root: ` +
        `${reasonOf(error)}. Start Gatehouse as another user than root, or point DATABASE_URL to a Postgres server.`,
      { cause: error },
    );
  }
}

/** Whether the account may write there. Asked of the kernel by a process of that account: modes, access lists and mounts all count. */
export function canWork(folder: string, { name, uid, gid }: RunAccount): boolean {
  const script = 'cd -- "$1" && test -w .';
  const asked = spawnSync('/bin/sh', ['-c', script, 'sh', folder], { uid, gid, cwd: '/', stdio: 'ignore' });
  if (asked.error === undefined) return asked.status === 0;
  throw new DatabaseSetupError(
    `Postgres refuses to run as root, and this process can't run anything as the account "${name}": ${reasonOf(asked.error)} (a ` +
      'container without the capability SETUID?). Start Gatehouse as another user than root, or point DATABASE_URL to a Postgres server.',
    { cause: asked.error },
  );
}

function unreachable(place: string, account: RunAccount): DatabaseSetupError {
  return new DatabaseSetupError(
    `The account "${account.name}", as which Postgres has to run because it refuses root, may not use ${place}. ` +
      'Let it pass through the folders above, set GATEHOUSE_DATA_DIR to a folder it may enter, or point DATABASE_URL to a Postgres server.',
  );
}

function foreign(place: string, owner: number | null): DatabaseSetupError {
  return new DatabaseSetupError(
    `The database in ${place} belongs to the account with uid ${owner}, and this process runs with uid ${process.getuid?.()}. ` +
      'Start Gatehouse as that account or as root, or set GATEHOUSE_DATA_DIR to a folder of your own.',
  );
}
