/**
 * What a tool call through Gatehouse costs beside a bare pass-through to the same upstream, in one run, as a ratio. Both are
 * warmed by count and measured in turns. At the end the audit trail, the upstream and the generator must have counted the same
 * calls: a number is worth nothing if a call went out unrecorded.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextMessage, startProgram, stop } from './children.js';
import { connectAccount, fetchToken, IDENTIFIER } from './connect-account.js';
import { Cores } from './cores.js';
import { assertRunning, type Gatehouse, startGatehouse } from './gatehouse.js';
import { applyLoad, type Target } from './load.js';
import { type BenchOptions, readOptions } from './options.js';
import { type Comparison, compare, type Contestant } from './pairs.js';
import type { PassThroughReady } from './pass-through.js';
import { readTrail } from './reconcile.js';
import { describeMachine, printComparison, say } from './report.js';
import type { StubCounts, StubReady } from './upstream-stub.js';

const TOOL = 'intercom_conversation_get';
const BODY = JSON.stringify({
  tool_name: TOOL,
  identifier: IDENTIFIER,
  params: { conversation_id: '215469876543210' },
});
const WARMUP_CONNECTIONS = 32;

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
  const server = await startGatehouse(dataDir, ports.gatehousePort, cores, start);
  const token = await fetchToken(server);
  await connectAccount(server, token);
  say(describeMachine(dataDir, cores.pinned));
  const run = new Run(contestant(server, token), passThrough(bare, bareReady), [stub.pid ?? 0]);
  await run.warmUp(options.warmup);
  for (const connections of options.connections) {
    printComparison(await run.compare(connections, options));
    assertRunning(server);
  }
  const seen = nextMessage<StubCounts>(stub, 'the stub');
  stub.send('count');
  return run.verify(await seen, server, token);
}

/** Keeps count of all calls that were sent. */
class Run {
  private readonly sent = { gatehouse: 0, passThrough: 0 };
  private failures = 0;

  constructor(
    private readonly gatehouse: Contestant,
    private readonly bare: Contestant,
    private readonly others: readonly number[],
  ) {}

  async warmUp(calls: number): Promise<void> {
    this.sent.passThrough += (await this.countCalls(this.bare, calls)).calls;
    this.sent.gatehouse += (await this.countCalls(this.gatehouse, calls)).calls;
  }

  async compare(connections: number, options: BenchOptions): Promise<Comparison> {
    const programs = { gatehouse: this.gatehouse, passThrough: this.bare, others: this.others };
    const comparison = await compare(programs, connections, options);
    this.sent.gatehouse += comparison.gatehouse.calls;
    this.sent.passThrough += comparison.passThrough.calls;
    this.failures += comparison.gatehouse.failures + comparison.passThrough.failures;
    return comparison;
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

const contestant = ({ url, child, dataDir }: Gatehouse, token: string): Contestant => ({
  name: 'Gatehouse',
  url,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: BODY,
  pid: child.pid ?? 0,
  databaseDir: dataDir,
});

const passThrough = (child: Child, { port }: PassThroughReady): Contestant => ({
  name: 'pass-through',
  url: `http://127.0.0.1:${port}`,
  headers: { authorization: 'Bearer none', 'content-type': 'application/json' },
  body: BODY,
  pid: child.pid ?? 0,
  databaseDir: null,
});

try {
  process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`The bench failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
