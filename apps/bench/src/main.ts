/**
 * What a tool call through Gatehouse costs beside a bare pass-through to the same upstream, in one run, as a ratio. Both are
 * warmed by count and measured in turns. At the end the audit trail, the upstream and the generator must have counted the same
 * calls: a number is worth nothing if a call went out unrecorded.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#app/database';
import { nextMessage, startProgram, stop } from './children.js';
import { connectAccount, fetchToken, IDENTIFIER } from './connect-account.js';
import { withCommitBeat } from './commit-beat.js';
import { Cores } from './cores.js';
import { DatabaseRelay } from './database-relay.js';
import {
  assertRunning,
  type Gatehouse,
  type Installation,
  newInstallation,
  NODE_OPTIONS,
  startGatehouse,
} from './gatehouse.js';
import { applyLoad, type Target } from './load.js';
import { applyOpenLoop } from './open-loop.js';
import { describeMcp, measureMcp } from './mcp-beside-rest.js';
import { type BenchOptions, readOptions } from './options.js';
import { type Comparison, compare, type Contestant } from './pairs.js';
import type { PassThroughReady } from './pass-through.js';
import { readTrail } from './reconcile.js';
import {
  describeMachine,
  type OpenLoopPair,
  printComparison,
  printOpenLoop,
  printRevocations,
  printRoundTrips,
  say,
} from './report.js';
import { measureRevocation, revokedBody } from './revocation.js';
import { countRoundTrips } from './round-trips.js';
import { median } from './statistics.js';
import type { StubCounts, StubReady } from './upstream-stub.js';

const TOOL = 'intercom_conversation_get';
const PARAMS = { conversation_id: '215469876543210' };
const BODY = JSON.stringify({ tool_name: TOOL, identifier: IDENTIFIER, params: PARAMS });
const WARMUP_CONNECTIONS = 32;

/** Of the capacity of the pass-through. */
const OPEN_SHARES = [0.1, 0.25, 0.5];
const TRACED_CALLS = 50;

type Child = Gatehouse['child'];

async function main(options: BenchOptions): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  // Postgres refuses to run as root, and whoever runs it instead has to get in.
  chmodSync(dataDir, 0o755);
  const children: Child[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const child of children.toReversed()) await stop(child);
    rmSync(dataDir, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().then(() => process.exit(130)));
  try {
    return await bench(options, dataDir, children);
  } finally {
    await cleanUp();
  }
}

async function bench(options: BenchOptions, dataDir: string, children: Child[]): Promise<boolean> {
  const cores = Cores.claim(options.pin);
  const start = (child: Child): Child => (children.push(child), child);
  const stub = start(startProgram('./upstream-stub.js', [], null));
  const ports = await nextMessage<StubReady>(stub, 'the stub');
  const bare = start(startProgram('./pass-through.js', [String(ports.passThroughPort)], cores));
  const bareReady = await nextMessage<PassThroughReady>(bare, 'the pass-through');
  const database = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  try {
    const installation = newInstallation(dataDir, ports.gatehousePort);
    const server = await startGatehouse(installation, { databaseUrl: database.url }, cores, start);
    const token = await fetchToken(server);
    await connectAccount(server, token);
    say(describeMachine(database.place, cores.pinned));
    const run = new Run(contestant(server, token, dataDir), passThrough(bare, bareReady), database.url, [
      stub.pid ?? 0,
    ]);
    const holds = await run.measure(options, () => assertRunning(server));
    await run.besideLeast(options, async () => {
      const least = start(
        startProgram('./least-gate.js', [String(ports.passThroughPort), database.url], cores, NODE_OPTIONS),
      );
      return leastGate(least, await nextMessage<PassThroughReady>(least, 'the least gate'), dataDir);
    });
    await run.besideMcp();
    await run.inspect(options, { installation, server, token, stub, databaseUrl: database.url, cores, start });
    const seen = nextMessage<StubCounts>(stub, 'the stub');
    stub.send('count');
    return (await run.verify(await seen, server, token)) && holds;
  } finally {
    for (const child of children.splice(0).toReversed()) await stop(child);
    await database.stop();
  }
}

interface Inspection {
  readonly installation: Installation;
  readonly server: Gatehouse;
  readonly token: string;
  readonly stub: Child;
  readonly databaseUrl: string;
  readonly cores: Cores;
  readonly start: (child: Child) => unknown;
}

/** Keeps count of all calls that were sent. */
class Run {
  private readonly sent = { gatehouse: 0, passThrough: 0 };
  private failures = 0;

  constructor(
    private readonly gatehouse: Contestant,
    private readonly bare: Contestant,
    private readonly databaseUrl: string,
    private readonly others: readonly number[],
  ) {}

  /** Ratios, then latencies at a constant rate. Returns whether the ratio at the most connections reaches the floor. */
  async measure(options: BenchOptions, check: () => void): Promise<boolean> {
    this.sent.passThrough += (await this.countCalls(this.bare, options.warmup)).calls;
    this.sent.gatehouse += (await this.countCalls(this.gatehouse, options.warmup)).calls;
    const capacity = { candidate: 0, passThrough: 0 };
    let ratio = 0;
    for (const connections of options.connections) {
      const comparison = await this.compare(this.gatehouse, connections, options);
      this.sent.gatehouse += comparison.candidate.calls;
      printComparison(this.gatehouse.name, comparison);
      check();
      for (const of of ['candidate', 'passThrough'] as const)
        capacity[of] = Math.max(capacity[of], comparison[of].callsPerSecond);
      ratio = median(comparison.ratios);
    }
    if (options.openSeconds > 0) {
      const quarter = await this.openLoop(capacity.candidate / 4, options.openSeconds);
      printOpenLoop(`25 % of what ${this.gatehouse.name} can take`, quarter);
      for (const share of OPEN_SHARES)
        printOpenLoop(
          `${share * 100} % of what the pass-through can take`,
          await this.openLoop(capacity.passThrough * share, options.openSeconds),
        );
    }
    if (ratio < options.floor) say(`The ratio ${ratio.toFixed(2)} is below the floor ${options.floor}.`);
    return ratio >= options.floor;
  }

  /** What of the ratio is the price of the promises, and not of the code that keeps them. */
  async besideLeast(options: BenchOptions, start: () => Promise<Contestant>): Promise<void> {
    const least = await start();
    this.sent.passThrough += (await this.countCalls(least, options.warmup)).calls;
    const comparison = await this.compare(least, Math.max(...options.connections), options);
    this.sent.passThrough += comparison.candidate.calls;
    say('The least gate: a pass-through that writes the two durable records of a call, and nothing else.');
    printComparison(least.name, comparison);
  }

  /** The MCP door beside REST, as ratios of the same turn. */
  async besideMcp(): Promise<void> {
    const measured = await measureMcp(this.gatehouse, PARAMS, TOOL);
    this.sent.gatehouse += measured.calls;
    this.failures += measured.failures;
    say(describeMcp(measured));
  }

  /** What takes a second node: round trips to the database, counted by a relay in front of it, and revocation across nodes. */
  async inspect(options: BenchOptions, { installation, server, token, stub, ...more }: Inspection): Promise<void> {
    const where = new URL(more.databaseUrl).searchParams;
    const relay = await DatabaseRelay.to(`${where.get('host')}/.s.PGSQL.${where.get('port')}`);
    try {
      const databaseUrl = `postgres://${where.get('user')}@127.0.0.1:${relay.port}/gatehouse`;
      const node = await startGatehouse(installation, { databaseUrl, first: server }, more.cores, more.start);
      const second = { ...this.gatehouse, url: node.url };
      this.sent.gatehouse += (await this.countCalls(second, 200)).calls;
      const trips = await countRoundTrips(second, relay, stub, TRACED_CALLS);
      this.sent.gatehouse += trips.calls;
      printRoundTrips(trips);
      if (options.revokes === 0) return;
      const revocations = await measureRevocation(
        { disconnects: server, calls: node },
        token,
        revokedBody(TOOL),
        options.revokes,
      );
      this.sent.gatehouse += revocations.made;
      this.failures += revocations.admittedAfter;
      printRevocations(revocations);
    } finally {
      relay.close();
    }
  }

  /** The calls of the candidate are for the caller to count. */
  private async compare(candidate: Contestant, connections: number, options: BenchOptions): Promise<Comparison> {
    const programs = { candidate, passThrough: this.bare, others: this.others };
    const comparison = await compare(programs, connections, options);
    this.sent.passThrough += comparison.passThrough.calls;
    this.failures += comparison.candidate.failures + comparison.passThrough.failures;
    return comparison;
  }

  private async openLoop(rate: number, seconds: number): Promise<OpenLoopPair> {
    const passThrough = await applyOpenLoop(this.bare, rate, seconds);
    const { result: gatehouse, commits } = await withCommitBeat(this.databaseUrl, () =>
      applyOpenLoop(this.gatehouse, rate, seconds),
    );
    this.sent.passThrough += passThrough.calls;
    this.sent.gatehouse += gatehouse.calls;
    this.failures += passThrough.failures + gatehouse.failures;
    return { gatehouse, passThrough, commits };
  }

  /** Whether every call of Gatehouse was recorded and seen exactly once. */
  async verify(seen: StubCounts, { url }: Gatehouse, token: string): Promise<boolean> {
    const { intents, outcomes, successes } = await readTrail(url, token, TOOL);
    const { gatehouse, passThrough: bare } = this.sent;
    const equal = [intents, outcomes, successes, seen.gatehouse].every((count) => count === gatehouse);
    const holds = equal && seen.passThrough === bare && this.failures === 0;
    say(
      `${gatehouse} calls sent to Gatehouse: ${intents} intents, ${outcomes} outcomes (${successes} successes), ` +
        `${seen.gatehouse} seen upstream; pass-through ${bare} sent, ${seen.passThrough} seen; ${this.failures} failed`,
    );
    say(holds ? 'All counts agree.' : 'THE COUNTS DO NOT AGREE: the figures above are void.');
    return holds;
  }

  private async countCalls(target: Target, calls: number) {
    const window = await applyLoad(target, WARMUP_CONNECTIONS, (sent) => sent < calls);
    this.failures += window.failures;
    return window;
  }
}

const contestant = ({ url, child }: Gatehouse, token: string, dataDir: string): Contestant => ({
  name: 'Gatehouse',
  url,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: BODY,
  pid: child.pid ?? 0,
  databaseDir: dataDir,
});

const passThrough = (child: Child, ready: PassThroughReady): Contestant => ({
  ...bareTarget(ready),
  name: 'pass-through',
  pid: child.pid ?? 0,
  databaseDir: null,
});

const leastGate = (child: Child, ready: PassThroughReady, dataDir: string): Contestant => ({
  ...bareTarget(ready),
  name: 'least gate',
  pid: child.pid ?? 0,
  databaseDir: dataDir,
});

const bareTarget = ({ port }: PassThroughReady): Omit<Target, 'name'> => ({
  url: `http://127.0.0.1:${port}`,
  headers: { authorization: 'Bearer none', 'content-type': 'application/json' },
  body: BODY,
});

try {
  process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`The bench failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
