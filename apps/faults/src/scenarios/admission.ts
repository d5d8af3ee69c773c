import type { Stage } from '../stage.js';
import type { TrapPlan } from '../trap.js';
import type { Scenario } from './scenario.js';

const APPEND = /INSERT INTO audit_events/;

/** Within one record: its first brace opens what comes last. */
const recordOf = (what: 'requested' | 'executed', identifier: string): RegExp =>
  new RegExp(`tool\\.${what}\\b[^{}]*\\b${identifier}\\b`);

/** The statement that admits a call and makes its intent durable, of one user: `before` Postgres gets it, or `after` it is done. */
export const intentOf = (identifier: string, when: 'before' | 'after'): TrapPlan => ({
  statement: APPEND,
  values: recordOf('requested', identifier),
  action: when === 'before' ? 'hold' : 'hold_reply',
});

export const outcomeOf = (identifier: string, when: 'before' | 'after'): TrapPlan => ({
  statement: APPEND,
  values: recordOf('executed', identifier),
  action: when === 'before' ? 'hold' : 'hold_reply',
});

const TRAPS = { admission: intentOf, outcome: outcomeOf };

/** Kills a node in the middle of the statement, before and after Postgres has done it, on each node in turn. */
export async function killAtRecord(stage: Stage, record: keyof typeof TRAPS, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const when of ['before', 'after'] as const) {
      const [account] = await stage.connect(`${record}-${round}-${when}`, 'strict', 1);
      const member = stage.random.pick(stage.cluster.members);
      if (account === undefined) return;
      stage.expectSuccess([await stage.tenant.call(account, member.node)]);
      const kill = { step: `${record}: statement ${when} its commit`, account: account.identifier, lostAnswer: false };
      const provoke = (): Promise<unknown> => stage.tenant.call(account, member.node, `killed-${when}`);
      await stage.killAt(member, kill, TRAPS[record](account.identifier, when), provoke);
      // The others go on, as the same user too.
      stage.expectSuccess(await stage.callers(account, 6));
      await member.node.start();
    }
  }
}

export const admission: Scenario = { name: 'admission', run: (stage) => killAtRecord(stage, 'admission', 2) };

export const outcome: Scenario = { name: 'outcome', run: (stage) => killAtRecord(stage, 'outcome', 2) };
