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
  readonly failures: number;
}

export interface Comparison {
  readonly connections: number;
  readonly gatehouse: Summary;
  readonly passThrough: Summary;
  /** Calls per second of Gatehouse divided by those of the pass-through, for every pair. */
  readonly ratios: readonly number[];
  /** Cores that processes other than the bench's kept busy, on average. */
  readonly strangers: number | null;
}

interface Measured extends Window {
  readonly cpu: number | null;
  readonly databaseCpu: number | null;
  readonly strangers: number | null;
}

/** Measures both in turns. Machines change speed within minutes: only neighbours in time can be compared. */
export async function compare(
  { gatehouse, passThrough, others }: { gatehouse: Contestant; passThrough: Contestant; others: readonly number[] },
  connections: number,
  { pairs, seconds }: { pairs: number; seconds: number },
): Promise<Comparison> {
  const ours = [gatehouse.pid, passThrough.pid, ...others, process.pid];
  const windows: { gatehouse: Measured; passThrough: Measured }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = await measure(passThrough, connections, seconds, ours);
    windows.push({ passThrough: first, gatehouse: await measure(gatehouse, connections, seconds, ours) });
  }
  return {
    connections,
    gatehouse: summarize(windows.map((pair) => pair.gatehouse)),
    passThrough: summarize(windows.map((pair) => pair.passThrough)),
    ratios: windows.map((pair) => rate(pair.gatehouse) / rate(pair.passThrough)),
    strangers: averageOf(windows.flatMap((pair) => [pair.gatehouse.strangers, pair.passThrough.strangers])),
  };
}

async function measure(
  target: Contestant,
  connections: number,
  seconds: number,
  ours: readonly number[],
): Promise<Measured> {
  const before = readings(target, ours);
  const until = performance.now() + seconds * 1_000;
  const window = await applyLoad(target, connections, () => performance.now() < until);
  const after = readings(target, ours);
  const database = difference(after.database, before.database);
  const own = difference(after.ours, before.ours);
  const machine = difference(after.machine, before.machine);
  const strangers = machine === null || own === null ? null : machine - own - (database ?? 0);
  return {
    ...window,
    cpu: difference(after.program, before.program),
    databaseCpu: target.databaseDir === null ? null : database,
    strangers: strangers === null ? null : Math.max(0, strangers / 1e6 / window.seconds),
  };
}

/** CPU time so far. The database's processes are looked up anew: connections come and go. */
function readings({ pid, databaseDir }: Contestant, ours: readonly number[]) {
  return {
    program: cpuTime([pid]),
    database: cpuTime(databaseDir === null ? [] : processesIn(databaseDir)),
    ours: cpuTime(ours),
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
