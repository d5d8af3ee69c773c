import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DatabaseSetupError } from '../database-setup-error.js';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-table.js';

const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 5_000;
const ATTEMPTS = 5;
const LOCK_FILE = /^postgres-[0-9a-f]{16}\.lock$/;

export interface DataDirLock {
  release(): void;
}

/**
 * Makes this process the only one that runs a database in the folder, until it releases the lock or dies.
 *
 * Every process has a file of its own, so no file is ever taken over: who sees no other living owner holds the lock, who sees
 * one withdraws. Two that see each other both withdraw and try again after a random pause.
 *
 * @param silenceMs after which a holder in another container, whose process we can't see, is taken for dead
 * @throws {DatabaseSetupError} naming the process that holds it
 */
export async function lockDataDir(dataDir: string, silenceMs = SILENCE_MS): Promise<DataDirLock> {
  const file = join(dataDir, `postgres-${randomBytes(8).toString('hex')}.lock`);
  const deadline = Date.now() + silenceMs + HEARTBEAT_MS;
  for (let attempt = 1; ; attempt++) {
    announce(file);
    const rivals = livingRivals(dataDir, file, silenceMs);
    if (rivals.length === 0) return hold(file);
    rmSync(file, { force: true });
    const mayBeDead = rivals.every((rival) => rival.certainty === 'unknown') && Date.now() < deadline;
    if (attempt >= ATTEMPTS && !mayBeDead) throw inUse(dataDir, rivals[0] as Rival);
    await sleep(20 + Math.random() * 180);
  }
}

/** Written beside and renamed, so that nobody ever reads half a file. */
function announce(file: string): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, JSON.stringify(ownIdentity()), { mode: 0o644 });
  renameSync(draft, file);
}

function hold(file: string): DataDirLock {
  const heartbeat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(file, now, now);
    } catch {
      // A data folder that has vanished fails at the database itself, with a better message.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    release: () => {
      clearInterval(heartbeat);
      rmSync(file, { force: true });
    },
  };
}

interface Rival {
  readonly identity: ProcessIdentity;
  readonly certainty: 'yes' | 'unknown';
}

function livingRivals(dataDir: string, ownFile: string, silenceMs: number): Rival[] {
  const ownTime = statSync(ownFile).mtimeMs;
  return readdirSync(dataDir)
    .filter((name) => LOCK_FILE.test(name) && join(dataDir, name) !== ownFile)
    .flatMap((name) => {
      const path = join(dataDir, name);
      const rival = readRival(path, ownTime - silenceMs);
      if (rival === 'dead') rmSync(path, { force: true });
      return rival === null || rival === 'dead' ? [] : [rival];
    });
}

function readRival(path: string, silentSince: number): Rival | 'dead' | null {
  try {
    const identity = JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
    const certainty = isRunning(identity);
    // Both times are the file system's, so clocks that differ do no harm.
    if (certainty === 'no' || (certainty === 'unknown' && statSync(path).mtimeMs < silentSince)) return 'dead';
    return { identity, certainty };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    // Files appear whole, so half a one is what a power cut left.
    if (error instanceof SyntaxError) return 'dead';
    throw error;
  }
}

function inUse(dataDir: string, rival: Rival): DatabaseSetupError {
  const where = rival.certainty === 'yes' ? '' : ' in another container or on another machine';
  return new DatabaseSetupError(
    `The data folder ${dataDir} is in use by process ${rival.identity.pid}${where}, which runs the embedded database there. ` +
      'Stop that process first, give this one its own folder with GATEHOUSE_DATA_DIR, ' +
      'or let both use one Postgres server with DATABASE_URL.',
  );
}
