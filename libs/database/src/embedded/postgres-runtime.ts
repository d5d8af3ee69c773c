import { spawnSync, type SpawnOptions } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, DatabaseSetupError } from '../database-setup-error.js';
import { giveTo } from './cluster-place.js';
import { missingLinks, type LibraryLink, type PostgresBinaries } from './postgres-binaries.js';
import type { RunAccount } from './run-account.js';

/** Postgres programs that were seen to run here. */
export interface PostgresRuntime {
  /** `18.4` */
  readonly version: string;
  readonly bin: string;
  /** Account, environment and working folder for every process of Postgres. */
  readonly spawnOptions: Pick<SpawnOptions, 'uid' | 'gid' | 'env' | 'cwd'>;
}

/**
 * Makes the binaries usable for the account from where they are installed or, when it can't get there (a clone below a home
 * folder of mode 0700), from a copy beside the data. Nothing is written to where they are installed.
 */
export function prepareRuntime(binaries: PostgresBinaries, place: string, account: RunAccount | null): PostgresRuntime {
  // System Integrity Protection drops library paths at every shell that initdb starts, so there the links have to lie inside.
  const linksInside = process.platform === 'darwin' && missingLinks(binaries.native).length > 0;
  const direct = linksInside ? null : tryRuntime(binaries, binaries.native, place, account);
  if (direct !== null && 'version' in direct) return direct;
  if (direct !== null && (direct.code !== 'EACCES' || account === null)) throw direct.failure;
  const copied = tryRuntime(binaries, copyOf(binaries, place, account), place, account);
  if ('version' in copied) return copied;
  throw copied.failure;
}

interface Failed {
  readonly code: string | undefined;
  readonly failure: DatabaseSetupError;
}

function tryRuntime(
  from: PostgresBinaries,
  native: string,
  place: string,
  account: RunAccount | null,
): PostgresRuntime | Failed {
  const spawnOptions = { ...account, cwd: place, env: environment(native, place, from.packageVersion) };
  const bin = join(native, 'bin');
  const run = spawnSync(join(bin, 'postgres'), ['--version'], { ...spawnOptions, encoding: 'utf8' });
  const version = /PostgreSQL\) (\S+)/.exec(run.stdout ?? '')?.[1];
  if (version !== undefined) return { version, bin, spawnOptions };
  const code = codeOf(run.error);
  return { code, failure: new DatabaseSetupError(explain(join(bin, 'postgres'), code, run.stderr)) };
}

/** Only what Postgres needs: our own environment may hold secrets, and the account could read it in the process table. */
function environment(native: string, place: string, packageVersion: string): NodeJS.ProcessEnv {
  const links = missingLinks(native);
  const base = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  if (links.length === 0) return base;
  const folder = makeLinks(links, join(native, 'lib'), join(place, `lib-${packageVersion}`));
  return { ...base, LD_LIBRARY_PATH: `${folder}:${join(native, 'lib')}` };
}

function makeLinks(links: readonly LibraryLink[], lib: string, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const { name, file } of links) {
    const link = join(folder, name);
    if (targetOf(link) === join(lib, file)) continue;
    rmSync(link, { force: true });
    symlinkSync(join(lib, file), link);
  }
  return folder;
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

function copyOf(binaries: PostgresBinaries, place: string, account: RunAccount | null): string {
  const copy = join(place, `native-${binaries.packageVersion}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.new`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(binaries.native, draft, { recursive: true });
  for (const { name, file } of missingLinks(draft)) symlinkSync(file, join(draft, 'lib', name));
  if (account !== null) giveTo(account, draft);
  renameSync(draft, copy);
  return copy;
}

function explain(program: string, code: string | undefined, stderr: string | null): string {
  const otherwise = 'or point DATABASE_URL to a Postgres server.';
  if (code === 'ENOENT' && existsSync(program)) {
    return `The Postgres binaries need glibc 2.27 or newer, which this system lacks (Alpine has none). Use a glibc system, ${otherwise}`;
  }
  const reason = code ?? (stderr?.trim() || 'it printed no version');
  return `Can't run ${program}: ${reason}. Check that the file may be executed and its disk isn't mounted noexec, ${otherwise}`;
}
