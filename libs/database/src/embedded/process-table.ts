import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';

const isLinux = process.platform === 'linux';

/** One process, told from every earlier and later one with the same number by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
  /** The system and process namespace in which `pid` means something: two containers may share a folder. */
  readonly world: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startTimeOf(process.pid) ?? '', world: world() };
}

/** Whether the process still runs; `unknown` when it belongs to another machine or container, which we can't see into. */
export function isRunning(identity: ProcessIdentity): 'yes' | 'no' | 'unknown' {
  if (identity.world !== world()) return 'unknown';
  return startTimeOf(identity.pid) === identity.started ? 'yes' : 'no';
}

function world(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** When a process started, in the system's own notation; null when it has gone, a zombie included. */
function startTimeOf(pid: number): string | null {
  try {
    return isLinux ? startTimeFromProc(pid) : psColumn('lstart=', pid);
  } catch {
    return null;
  }
}

function startTimeFromProc(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name stands in parentheses and may hold spaces and parentheses, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function psColumn(column: string, pid: number): string {
  return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
}

export interface ServerProcess {
  readonly pid: number;
  /** A postmaster or initdb, which ends its children; false for a backend. */
  readonly leads: boolean;
}

/** Every Postgres process whose data lies in the folder, whoever started it. */
export function serverProcessesIn(folder: string): ServerProcess[] {
  return isLinux ? serversFromProc(folder) : serversFromPs(folder);
}

function serversFromProc(folder: string): ServerProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const command = tryRead(() => readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0'));
      if (command === null || !isServer(command[0] ?? '')) return [];
      const leads = command.some((argument) => isInside(argument, folder));
      // A backend renames itself, so only its working directory tells whose it is.
      const belongs = leads || isInside(tryRead(() => readlinkSync(`/proc/${name}/cwd`)) ?? '', folder);
      return belongs ? [{ pid: Number(name), leads }] : [];
    });
}

function serversFromPs(folder: string): ServerProcess[] {
  const table = execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' });
  return table
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s(.*)$/.exec(line))
    .filter((match) => match !== null && isServer(match[2] as string) && (match[3] as string).includes(` ${folder}/`))
    .map((match) => ({ pid: Number(match?.[1]), leads: true }));
}

const isServer = (program: string): boolean => /^(postgres:?|initdb)$/.test(basename(program.split(' ')[0] ?? ''));

const isInside = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

function tryRead<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
