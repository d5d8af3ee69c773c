import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Comparison, Summary } from './pairs.js';
import type { OpenWindow } from './open-loop.js';
import type { Revocations } from './revocation.js';
import type { RoundTrips } from './round-trips.js';
import { median, quantile } from './statistics.js';

export const say = (line = ''): void => void process.stdout.write(`${line}\n`);

export function describeMachine(databasePlace: string, pinned: boolean): string {
  const cores = cpus();
  const versionFile = join(databasePlace, 'cluster', 'PG_VERSION');
  const postgres = existsSync(versionFile)
    ? `PostgreSQL ${readFileSync(versionFile, 'utf8').trim()} (embedded)`
    : 'PostgreSQL';
  return [
    `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB`,
    `${type()} ${release()} ${arch()}`,
    `Node ${process.versions.node}`,
    postgres,
    pinned ? 'measured programs pinned to core 0, the rest to the others' : 'nothing pinned',
  ].join(' · ');
}

export function printComparison(name: string, { connections, ...comparison }: Comparison): void {
  const { candidate, passThrough, ratios, strangers } = comparison;
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  say(
    `${connections} connection${connections === 1 ? '' : 's'}: ratio ${median(ratios).toFixed(2)} (${range} over ${ratios.length} pairs)`,
  );
  say(summaryLine(name, candidate));
  say(summaryLine('pass-through', passThrough));
  // All there are: this process itself may not run on the measured one
  const ceiling = ceilingOf(candidate, passThrough, cpus().length - 1);
  if (ceiling !== null)
    say(`  the cores of generator, upstream and database would be full at a ratio of ${ceiling.toFixed(2)}`);
  if (strangers !== null)
    say(
      `  other processes kept ${strangers.toFixed(2)} cores busy${strangers > 0.1 ? ': repeat on a quiet machine' : ''}`,
    );
}

/** What the other cores allow, however little the candidate itself takes; null where nothing tells. */
function ceilingOf({ loadCpu, databaseCpu }: Summary, passThrough: Summary, others: number): number | null {
  if (loadCpu === null || databaseCpu === null || others === 0) return null;
  return (others * 1e6) / (loadCpu + databaseCpu) / passThrough.callsPerSecond;
}

function summaryLine(name: string, { callsPerSecond, p50, p99, cpu, databaseCpu, loadCpu, failures }: Summary): string {
  const cells = [
    `${callsPerSecond.toFixed(0).padStart(6)} calls/s`,
    `p50 ${milliseconds(p50)}`,
    `p99 ${milliseconds(p99)}`,
    ...(cpu === null
      ? []
      : [`CPU ${cpu.toFixed(0)} us/call (${((cpu * callsPerSecond) / 10_000).toFixed(0)} % of a core)`]),
    ...(databaseCpu ? [`Postgres ${databaseCpu.toFixed(0)} us/call`] : []),
    ...(loadCpu === null ? [] : [`generator and upstream ${loadCpu.toFixed(0)} us/call`]),
    ...(failures === 0 ? [] : [`${failures} FAILED`]),
  ];
  return `  ${name.padEnd(12)} ${cells.join(' · ')}`;
}

const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;

export interface OpenLoopPair {
  readonly gatehouse: OpenWindow;
  readonly passThrough: OpenWindow;
  /** Milliseconds of each bare commit that was made while Gatehouse was measured. */
  readonly commits: readonly number[];
}

export function printOpenLoop(share: string, { gatehouse, passThrough, commits }: OpenLoopPair): void {
  const at = (window: OpenWindow, quantileOf: number): number => quantile(window.latencies, quantileOf);
  const cells = [0.5, 0.99].map((of) => {
    const [ours, bare] = [at(gatehouse, of), at(passThrough, of)];
    return `p${of * 100} ${milliseconds(ours)} against ${milliseconds(bare)}, ${milliseconds(ours - bare)} more`;
  });
  say(`open loop, ${gatehouse.rate.toFixed(0)} calls/s (${share}): ${cells.join(' · ')}`);
  const [half, late] = [0.5, 0.99].map((of) => milliseconds(quantile(commits, of)));
  say(`  a call waits for two commits in a row; a bare one took at that time: p50 ${half} · p99 ${late}`);
}

export function printRoundTrips({ calls, before, after, mostBefore }: RoundTrips): void {
  say(
    `database round trips per call: ${before} before the provider is called, ${after} after it has answered ` +
      `(median of ${calls} calls on a warm node; at most ${mostBefore} before, background work included)`,
  );
}

export function printRevocations({ rounds, latencies, admittedAfter, made }: Revocations): void {
  say(
    `revoke to deny across two nodes with hot caches: first refusal ${milliseconds(median(latencies))} (at most ` +
      `${milliseconds(Math.max(...latencies))}) after the disconnect was answered; of the calls begun after it, ` +
      `${admittedAfter} were made in ${rounds} rounds (${made} made before)`,
  );
}
