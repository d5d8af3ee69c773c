/**
 * Breaks Gatehouse on purpose: three nodes of the shipped server over one Postgres, providers whose refresh tokens work once, and
 * faults at every step. Then holds what the callers, the providers and the audit trail have written down against each other.
 */
import { arch, cpus, type } from 'node:os';
import { check } from './checker.js';
import { CLIENT, Cluster } from './cluster.js';
import { collectEvidence } from './collect.js';
import { finalAccounts } from './final-check.js';
import { type FaultOptions, readOptions } from './options.js';
import { Random } from './random.js';
import { reconcile } from './reconcile.js';
import { describeRun, renderReport, verdictsOf } from './report.js';
import { SCENARIOS } from './scenarios/index.js';
import { Stage } from './stage.js';
import { Tenant } from './tenant.js';

const NODES = 3;
/** For what is under way when no new round begins, and for the check of every account. A run that takes longer hangs. */
const LEEWAY_MS = 115_000;
/** Longer than the slowest token endpoint: a caller waits for a refresh no longer than its deadline. */
const DEADLINE_MS = 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: FaultOptions): Promise<boolean> {
  const began = Date.now();
  const random = new Random(options.seed);
  const elapsed = (): string => `${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s`;
  const log = (line: string): void => say(`${elapsed()}  ${line}`);
  say(
    `seed ${options.seed} · ${NODES} nodes · Node ${process.versions.node} · ${cpus().length} cores · ${type()} ${arch()}`,
  );
  const cluster = await Cluster.start({ nodes: NODES, random, deadlineMs: DEADLINE_MS, log });
  const cleanUp = (): Promise<void> => cluster.stop();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
  setTimeout(
    () => {
      process.stderr.write('The fault run takes too long and is given up.\n');
      void cleanUp().finally(() => process.exit(1));
    },
    options.minutes * 60_000 + LEEWAY_MS,
  ).unref();
  try {
    const tenant = await Tenant.open(cluster, CLIENT);
    const stage = new Stage(cluster, tenant, random, began + options.minutes * 60_000, log);
    await play(stage, options);
    return await judge(stage, elapsed);
  } finally {
    await cleanUp();
  }
}

async function play(stage: Stage, { only }: FaultOptions): Promise<void> {
  for (const scenario of SCENARIOS) {
    if (only.length > 0 && !only.includes(scenario.name)) continue;
    stage.say(`${scenario.name} …`);
    await scenario.run(stage);
  }
}

/** When all is quiet, and every account was tried once more. */
async function judge(stage: Stage, elapsed: () => string): Promise<boolean> {
  stage.say('settling, and trying every account once more …');
  await stage.settle();
  const accounts = await finalAccounts(stage);
  const closed = await reconcile(stage.cluster.postgres.ownerUrl);
  stage.count('intents that the reconciliation at the end closed', closed);
  const evidence = await collectEvidence(stage.cluster, stage.kills, accounts);
  const verdicts = [...check(evidence), ...verdictsOf(stage.facts)];
  const facts = [`seed ${stage.random.seed}, ${elapsed().trim()}`, ...describeRun(evidence, stage.facts)];
  say(renderReport(verdicts, facts));
  return verdicts.every(({ breaches }) => breaches.length === 0);
}

try {
  const options = readOptions(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
  );
  process.exitCode = (await main(options)) ? 0 : 1;
} catch (error) {
  process.stderr.write(
    `The fault run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
