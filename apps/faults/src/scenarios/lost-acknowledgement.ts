import { Trap } from '../trap.js';
import type { Stage } from '../stage.js';
import type { Account } from '../tenant.js';
import { intentOf, outcomeOf } from './admission.js';
import type { Scenario } from './scenario.js';

const RECORDS = { intent: intentOf, outcome: outcomeOf };

/** Postgres has committed, and the connection breaks before the node hears of it. */
export async function loseAcknowledgement(stage: Stage, account: Account, record: keyof typeof RECORDS): Promise<void> {
  const member = stage.random.pick(stage.cluster.members);
  const plan = { ...RECORDS[record](account.identifier, 'after'), action: 'drop_reply' as const };
  const trap = member.relay.arm(new Trap(plan));
  const call = stage.tenant.call(account, member.node, `lost-${record}`);
  await stage.within(trap.sprung, `the acknowledgement of an ${record}`);
  member.relay.clear();
  const { status } = await call;
  // A success that is not known to be recorded must not be told as one.
  if (status === 200)
    stage.facts.failures.push(`${account.identifier}: told as a success though its ${record} was in doubt`);
  stage.count(`acknowledgement of an ${record} lost`);
  stage.expectSuccess(await stage.callers(account, 6));
}

export const lostAcknowledgement: Scenario = {
  name: 'lost-acknowledgement',
  run: async (stage) => {
    const accounts = await stage.connect('lost', 'strict', 3);
    for (const account of accounts) {
      await loseAcknowledgement(stage, account, 'intent');
      await loseAcknowledgement(stage, account, 'outcome');
    }
  },
};
