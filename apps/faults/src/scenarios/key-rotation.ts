import type { Stage } from '../stage.js';
import type { Account } from '../tenant.js';
import { until } from '../until.js';
import type { Scenario } from './scenario.js';

/** The job that seals anew runs twice a minute on every node. */
const RESEALED_MS = 120_000;

interface Progress {
  readonly left: number;
}

/** Data keys are rotated, the tenant's and the installation's, while users on all nodes call and are refreshed: no call fails. */
export async function rotateUnderCalls(stage: Stage, accounts: readonly Account[], rotations: number): Promise<void> {
  const load = { on: true };
  const loop = async (account: Account): Promise<void> => {
    while (load.on) stage.expectSuccess(await stage.callers(account, stage.cluster.nodes.length));
  };
  const loops = Promise.all(accounts.map(loop));
  try {
    for (let rotation = 0; rotation < rotations && !stage.timeIsUp; rotation += 1) {
      for (const account of accounts) stage.expire(account);
      for (const path of ['keys/data:rotate', 'installation/keys/data:rotate']) {
        await stage.tenant.ask(`${stage.cluster.anyNode.url}/api/v1/${path}`, {});
        stage.count('data keys rotated under calls');
      }
    }
  } finally {
    load.on = false;
    await loops;
  }
}

/** Everything is sealed with the newest key, as each node's overview says. */
async function allSealedAnew(stage: Stage): Promise<void> {
  const { cluster, tenant } = stage;
  const left = async (): Promise<number> => {
    const { body } = await cluster.api.must(`${cluster.anyNode.url}/api/v1/keys/data`, { token: tenant.token });
    return (body['reencryption'] as Progress[]).reduce((sum, each) => sum + each.left, 0);
  };
  await until(async () => (await left()) === 0, 'everything is sealed with the newest key', RESEALED_MS, 1_000);
}

export const keyRotation: Scenario = {
  name: 'key-rotation',
  run: async (stage) => {
    const accounts = [
      ...(await stage.connect('rotation', 'strict', 3)),
      ...(await stage.connect('rotation', 'grace', 3)),
    ];
    await rotateUnderCalls(stage, accounts, 6);
    await allSealedAnew(stage);
    for (const account of accounts) stage.expectSuccess(await stage.callers(account, stage.cluster.nodes.length));
  },
};
