import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, DatabaseSetupError, reasonOf } from '../database-setup-error.js';
import { serverProcessesIn } from './process-table.js';

const PATIENCE_MS = 30_000;
const POLL_MS = 25;

/**
 * Ends what an earlier run left behind in our folder: a postmaster that outlived us, one that is still shutting down, an initdb,
 * or backends whose postmaster was killed. To be called by the holder of the data folder's lock only.
 */
export async function stopLeftovers(place: string, log: (message: string) => void): Promise<void> {
  const found = serverProcessesIn(place);
  if (found.length > 0) {
    log(`Stopping the database that an earlier run left behind (${pids(found)})`);
    interrupt(found.filter((process) => process.leads).map((process) => process.pid));
    await allGone(place);
  }
  // Nobody runs here any more. The number noted in it may by now be that of any process, at which Postgres would refuse to start.
  if (process.platform === 'linux') rmSync(join(place, 'cluster', 'postmaster.pid'), { force: true });
}

function interrupt(leaders: readonly number[]): void {
  for (const pid of leaders) {
    try {
      process.kill(pid, 'SIGINT');
    } catch (error) {
      if (codeOf(error) === 'ESRCH') continue;
      throw new DatabaseSetupError(
        `Process ${pid} of an earlier run still serves the embedded database and can't be stopped (${reasonOf(error)}). ` +
          'Stop it by hand, or start Gatehouse as the account that runs it.',
        { cause: error },
      );
    }
  }
}

async function allGone(place: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let left = serverProcessesIn(place); left.length > 0; left = serverProcessesIn(place)) {
    if (Date.now() > deadline) {
      throw new DatabaseSetupError(
        `Processes of an earlier run still serve the database in ${place} (${pids(left)}) and don't stop. Stop them by hand.`,
      );
    }
    await sleep(POLL_MS);
  }
}

const pids = (processes: readonly { pid: number }[]): string => processes.map(({ pid }) => pid).join(', ');
