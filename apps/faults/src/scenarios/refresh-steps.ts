import type { Member } from '../cluster.js';
import type { Stage } from '../stage.js';
import type { Account } from '../tenant.js';
import type { TrapPlan } from '../trap.js';

/** The statement that says "the refresh token is about to be sent", and the one that puts the answer into use. */
const JOURNAL = /UPDATE credential_refreshes r SET state = 'sending'/;
const STORE = /UPDATE credential_refreshes r SET version = \$3, generation = \$4, state = 'ready'/;

/** A moment in a refresh at which a node can be caught, in the order of time. */
export interface RefreshStep {
  readonly name: string;
  /** The answer of the provider is destroyed with the node. */
  readonly lostAnswer: boolean;
  /** Catches the node there while `provoke` leads it there, kills it, and lets the provider go on. */
  readonly killThere: (
    stage: Stage,
    member: Member,
    account: Account,
    provoke: () => Promise<unknown>,
  ) => Promise<void>;
}

const atStatement = (name: string, lostAnswer: boolean, plan: Omit<TrapPlan, 'values'>): RefreshStep => ({
  name,
  lostAnswer,
  killThere: (stage, member, account, provoke) => {
    const kill = { step: `refresh: ${name} (${account.provider})`, account: account.identifier, lostAnswer };
    return stage.killAt(member, kill, { ...plan, values: new RegExp(account.id) }, provoke);
  },
});

/** The provider has the request in its hands, and has not looked at the token yet. */
const whileSent = (name: string, spends: boolean): RefreshStep => ({
  name,
  lostAnswer: spends,
  killThere: async (stage, member, account, provoke) => {
    const provider = stage.cluster.providers[account.provider];
    if (!spends) provider.settings.nextTokenFaults.push('drop_before');
    provider.beforeRedeem.close();
    try {
      const kill = { step: `refresh: ${name} (${account.provider})`, account: account.identifier, lostAnswer: spends };
      await stage.killWhen(member, kill, provider.beforeRedeem.arrived(), provoke());
    } finally {
      provider.beforeRedeem.open();
    }
  },
});

export const AFTER_THE_SEND = whileSent('sent, redeemed, nobody left to hear the answer', true);

export const REFRESH_STEPS: readonly RefreshStep[] = [
  atStatement('before the journal', false, { statement: JOURNAL, action: 'hold' }),
  atStatement('journal committed, token not sent', false, { statement: JOURNAL, atCommit: true, action: 'hold_reply' }),
  whileSent('sent, lost on the way', false),
  AFTER_THE_SEND,
  atStatement('answered, not committed', true, { statement: STORE, action: 'hold' }),
  atStatement('committed, acknowledgement lost', false, { statement: STORE, atCommit: true, action: 'hold_reply' }),
];
