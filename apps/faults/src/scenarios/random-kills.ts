import type { Stage } from '../stage.js';
import { until } from '../until.js';
import { recovered, underLoad } from './postgres.js';
import type { Scenario } from './scenario.js';

const CALLERS = 24;
const PATIENCE_MS = 120_000;

export interface RandomKills {
  readonly calls: number;
  /** How many calls there are from one kill to the next, at least and at most. */
  readonly apart: readonly [number, number];
}

/** A node or Postgres is ended by SIGKILL after so many calls, again and again, and nobody chooses where the calls are by then. */
export async function killAtRandom(stage: Stage, { calls, apart }: RandomKills): Promise<void> {
  const accounts = [...(await stage.connect('random', 'strict', 6)), ...(await stage.connect('random', 'grace', 6))];
  const { log } = stage.cluster;
  const first = log.judged;
  await underLoad(stage, accounts, CALLERS, async () => {
    while (log.judged - first < calls && !stage.timeIsUp) {
      const next = log.judged + stage.random.between(...apart);
      await until(() => log.judged >= next, 'calls under random kills', PATIENCE_MS);
      await killOne(stage);
    }
  });
  stage.count('calls under random kills', log.judged - first);
  for (const account of accounts) await recovered(stage, account);
}

async function killOne(stage: Stage): Promise<void> {
  const { members, postgres } = stage.cluster;
  const victim = stage.random.pick([...members, null]);
  stage.count(`killed at random: ${victim === null ? 'Postgres' : 'a node'}`);
  if (victim === null) return postgres.restart('SIGKILL');
  await victim.node.kill();
  // No credential is due in this part, so that no answer of a token endpoint is lost.
  stage.kills.push({ step: 'at random', account: null, lostAnswer: false });
  await victim.node.start();
}

export const randomKills: Scenario = {
  name: 'random-kills',
  run: (stage) => killAtRandom(stage, { calls: 10_000, apart: [500, 1_500] }),
};
