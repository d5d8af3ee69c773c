import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The measured programs take turns on this core; generator, upstream and database have the others. */
const MEASURED_CORE = '0';

/** Where processes run, and what they use of it. Linux only; elsewhere nothing is pinned and no CPU time is known. */
export class Cores {
  private readonly others: string;

  private constructor(readonly pinned: boolean) {
    this.others = `1-${availableParallelism() - 1}`;
    if (pinned) this.moveAway(process.pid);
  }

  static claim(wanted: boolean): Cores {
    return new Cores(wanted && process.platform === 'linux' && availableParallelism() > 1 && hasTaskset());
  }

  /** The command that runs a measured program: on its own core when pinned. */
  command(program: string, args: readonly string[]): [string, string[]] {
    return this.pinned ? ['taskset', ['-c', MEASURED_CORE, program, ...args]] : [program, [...args]];
  }

  /** Moves the database of a data folder off the measured core; its later children follow their parent. */
  moveDatabaseAway(folder: string): void {
    if (this.pinned) for (const pid of processesIn(folder)) this.moveAway(pid);
  }

  private moveAway(pid: number): void {
    execFileSync('taskset', ['-a', '-c', '-p', this.others, String(pid)], { stdio: 'ignore' });
  }
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Processes that work in a folder: of a data folder, the database's. */
export function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter(
      (name) => /^\d+$/.test(name) && (tryRead(() => readlinkSync(`/proc/${name}/cwd`)) ?? '').startsWith(`${folder}/`),
    )
    .map(Number);
}

const TICK_MICROSECONDS = 10_000;

/** CPU time used by processes so far, in microseconds; null where the system does not tell. */
export function cpuTime(pids: readonly number[]): number | null {
  if (process.platform !== 'linux') return null;
  return pids.map(ticksOf).reduce((sum, ticks) => sum + ticks, 0) * TICK_MICROSECONDS;
}

/** CPU time used on the whole machine so far, in microseconds; null where the system does not tell. */
export function machineCpuTime(): number | null {
  const line = tryRead(() => readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '');
  if (!line) return null;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_MICROSECONDS;
}

function ticksOf(pid: number): number {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return 0;
  // The program's name stands in parentheses and may hold spaces, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function tryRead<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
