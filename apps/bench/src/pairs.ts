import { cpuTime, machineCpuTime, processesIn } from './cores.js';
import { applyLoad, type Target, type Window } from './load.js';
import { median, quantile, sum } from './statistics.js';

/** A program to be measured, and where its CPU time is spent. */
export interface Contestant extends Target {
  readonly pid: number;
  /** The data folder of its database; null when it has none. */
  readonly databaseDir: string | null;
}

export interface Summary {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of CPU per call; null where the system does not tell. */
  readonly cpu: number | null;
  readonly databaseCpu: number | null;
  /** What the generator and the upstream use. */
  readonly loadCpu: number | null;
  readonly failures: number;
}

export interface Comparison {
  readonly connections: number;
  readonly candidate: Summary;
  readonly passThrough: Summary;
  /** Calls per second of the candidate divided by those of the pass-through, for every pair. */
  readonly ratios: readonly number[];
  /** Cores that processes other than the bench's kept busy, on average. */
  readonly strangers: number | null;
}

interface Measured extends Window {
  readonly cpu: number | null;
  readonly databaseCpu: number | null;
  readonly loadCpu: number | null;
  readonly strangers: number | null;
}

/** Measures both in turns. Machines change speed within minutes: only neighbours in time can be compared. */
export async function compare(
  { candidate, passThrough, others }: { candidate: Contestant; passThrough: Contestant; others: readonly number[] },
  connections: number,
  { pairs, seconds }: { pairs: number; seconds: number },
): Promise<Comparison> {
  const load = [...others, process.pid];
  const windows: { candidate: Measured; passThrough: Measured }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = await measure(passThrough, connections, seconds, load);
    windows.push({ passThrough: first, candidate: await measure(candidate, connections, seconds, load) });
  }
  return {
    connections,
    candidate: summarize(windows.map((pair) => pair.candidate)),
    passThrough: summarize(windows.map((pair) => pair.passThrough)),
    ratios: windows.map((pair) => rate(pair.candidate) / rate(pair.passThrough)),
    strangers: averageOf(windows.flatMap((pair) => [pair.candidate.strangers, pair.passThrough.strangers])),
  };
}

async function measure(
  target: Contestant,
  connections: number,
  seconds: number,
  load: readonly number[],
): Promise<Measured> {
  const before = readings(target, load);
  const until = performance.now() + seconds * 1_000;
  const window = await applyLoad(target, connections, () => performance.now() < until);
  const after = readings(target, load);
  const database = difference(after.database, before.database);
  const program = difference(after.program, before.program);
  const loadCpu = difference(after.load, before.load);
  const machine = difference(after.machine, before.machine);
  const strangers =
    machine === null || program === null || loadCpu === null ? null : machine - program - loadCpu - (database ?? 0);
  return {
    ...window,
    cpu: program,
    databaseCpu: target.databaseDir === null ? null : database,
    loadCpu,
    strangers: strangers === null ? null : Math.max(0, strangers / 1e6 / window.seconds),
  };
}

/** CPU time so far. The database's processes are looked up anew: connections come and go. */
function readings({ pid, databaseDir }: Contestant, load: readonly number[]) {
  return {
    program: cpuTime([pid]),
    database: cpuTime(databaseDir === null ? [] : processesIn(databaseDir)),
    load: cpuTime(load),
    machine: machineCpuTime(),
  };
}

function summarize(windows: readonly Measured[]): Summary {
  const latencies = windows.flatMap((window) => window.latencies);
  const calls = sum(windows.map((window) => window.calls));
  return {
    calls,
    callsPerSecond: median(windows.map(rate)),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpu: perCall(
      windows.map((window) => window.cpu),
      calls,
    ),
    databaseCpu: perCall(
      windows.map((window) => window.databaseCpu),
      calls,
    ),
    loadCpu: perCall(
      windows.map((window) => window.loadCpu),
      calls,
    ),
    failures: sum(windows.map((window) => window.failures)),
  };
}

const rate = (window: Window): number => window.calls / window.seconds;

const difference = (after: number | null, before: number | null): number | null =>
  after === null || before === null ? null : Math.max(0, after - before);

const isKnown = (value: number | null): value is number => value !== null;

const perCall = (values: readonly (number | null)[], calls: number): number | null =>
  values.every(isKnown) ? sum(values) / calls : null;

const averageOf = (values: readonly (number | null)[]): number | null =>
  values.every(isKnown) ? sum(values) / values.length : null;
