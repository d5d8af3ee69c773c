import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../tenant.js';
import type { Stage } from '../stage.js';
import { until } from '../until.js';
import type { Scenario } from './scenario.js';

/** Calls in loops while `work` is done, and a little longer. Whether they succeed is for the checker to put right. */
export async function underLoad(
  stage: Stage,
  accounts: readonly Account[],
  callers: number,
  work: () => Promise<void>,
): Promise<void> {
  const load = { on: true };
  const loop = async (index: number): Promise<void> => {
    while (load.on) {
      const account = accounts[index % accounts.length] as Account;
      const { status } = await stage.tenant.call(account);
      // What is refused is refused at once; nobody hammers a gate that is shut.
      if (status !== 200) await sleep(50);
    }
  };
  const loops = Promise.all(Array.from({ length: callers }, (_, index) => loop(index)));
  try {
    await work();
  } finally {
    load.on = false;
    await loops;
  }
}

/** All nodes serve again, as anybody can see who calls. */
export async function recovered(stage: Stage, account: Account): Promise<void> {
  for (const node of stage.cluster.nodes)
    await until(
      async () => (await stage.tenant.call(account, node)).status === 200,
      `${node.name} serves again`,
      90_000,
    );
}

/** Postgres is ended, as an operator and as a crash would end it, while calls and refreshes are under way. */
export const postgres: Scenario = {
  name: 'postgres',
  run: async (stage) => {
    const accounts = await stage.connect('postgres', 'grace', 6);
    for (const signal of ['SIGINT', 'SIGKILL', 'SIGKILL'] as const) {
      for (const account of accounts) stage.expire(account);
      await underLoad(stage, accounts, 24, async () => {
        await stage.cluster.postgres.restart(signal);
        stage.count(`Postgres ended by ${signal} under load`);
      });
      for (const account of accounts) await recovered(stage, account);
    }
  },
};
