import { readFileSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';

const FOLDER = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;
/** What else a run of all tests needs is far below the difference. */
const MEMORY_BYTES = 12 * 1024 ** 3;

/**
 * A folder that is kept in memory, when this machine has one with room: a database there loses no time to waiting for a disk, with all
 * its settings as they are in production. Null where there is none.
 */
export function memoryFolder() {
  try {
    const { bavail, bsize } = statfsSync(FOLDER);
    const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
    return bavail * bsize >= ROOM_BYTES && memory >= MEMORY_BYTES && runsPrograms() ? FOLDER : null;
  } catch {
    return null;
  }
}

/** Containers mount it such that nothing in it can be executed, which the programs of Postgres have to be. */
function runsPrograms() {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, place]) => place === FOLDER);
  return mount !== undefined && !mount[3].split(',').includes('noexec');
}
