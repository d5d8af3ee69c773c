import type { ProviderKind } from '../provider.js';
import type { Stage } from '../stage.js';
import { REFRESH_STEPS, type RefreshStep } from './refresh-steps.js';
import type { Scenario } from './scenario.js';

const KINDS: readonly ProviderKind[] = ['strict', 'grace'];

/** A node dies at this step of the refresh of an account, while others want to call as the same user. */
export async function killInRefresh(
  stage: Stage,
  step: RefreshStep,
  provider: ProviderKind,
  name: string,
): Promise<void> {
  const [account] = await stage.connect(name, provider, 1);
  if (account === undefined) return;
  const member = stage.random.pick(stage.cluster.members);
  stage.expectSuccess([await stage.tenant.call(account, member.node)]);
  stage.expire(account);
  await step.killThere(stage, member, account, () => stage.tenant.call(account, member.node, 'killed'));
  // What the others get now depends on the step; what it comes to in the end does not, and is tried at the end of the run.
  stage.letRun(stage.callers(account, 6, 'others'));
  await member.node.start();
}

/** `kill -9` of a node at each step of a refresh, at a provider without and at one with a grace. */
export const refreshKills: Scenario = {
  name: 'refresh-kills',
  run: async (stage) => {
    for (const [index, step] of REFRESH_STEPS.entries())
      for (const kind of KINDS) await killInRefresh(stage, step, kind, `killed-${index}`);
  },
};
