import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECTORS } from '../provider.js';
import type { Stage } from '../stage.js';
import type { Account, Tenant } from '../tenant.js';
import type { CallRecord, RevokeRecord } from '../client-log.js';
import type { Member } from '../cluster.js';
import { until } from '../until.js';
import { type Disturbance, disturbanceOf } from './disturbances.js';
import type { Scenario } from './scenario.js';

/** A way to take the access away, and to give it back. */
interface Revocation {
  readonly kind: string;
  readonly revoke: (stage: Stage, account: Account, base: string) => Promise<unknown>;
  readonly restore: (stage: Stage, account: Account, base: string) => Promise<unknown>;
}

const connectAgain = (stage: Stage, { identifier, provider }: Account): Promise<Account> =>
  stage.tenant.connect(identifier, provider);

const setConnection =
  (status: 'enabled' | 'disabled') =>
  (stage: Stage, { provider }: Account, base: string): Promise<unknown> =>
    stage.tenant.ask(`${base}/api/v1/connections/${stage.tenant.connectionId(provider)}`, { status }, 'PATCH');

const REVOCATIONS: readonly Revocation[] = [
  {
    kind: 'account disconnected',
    revoke: (stage, { id }, base) => stage.tenant.ask(`${base}/api/v1/connected_accounts/${id}:disconnect`, {}),
    restore: connectAgain,
  },
  {
    kind: 'account deleted',
    revoke: (stage, { identifier, provider }, base) =>
      stage.tenant.ask(`${base}/api/v1/connected_accounts:delete`, { connector: CONNECTORS[provider], identifier }),
    restore: connectAgain,
  },
  { kind: 'connection disabled', revoke: setConnection('disabled'), restore: setConnection('enabled') },
];

const CALLERS = 30;
/** Calls of all of them before a revoke, at least and at most. */
const CALLS_BEFORE: readonly [number, number] = [200, 1_000];
const CALLS_AFTER = 6;
const UNANSWERED_MS = 50;
/** Calls that begin at a disturbed node when the revoke has returned and the node has not recovered. */
const LATE_CALLS = 6;

/** Refused for good: neither without an answer nor because the node could judge nothing. */
const isRefused = ({ status }: CallRecord): boolean => status >= 400 && status < 500;

interface Race {
  readonly kind: string;
  readonly revoke: (base: string) => Promise<unknown>;
  /** Of one node, which is not the one that revokes. */
  readonly disturbance?: Disturbance | null;
  /** What else is set off at the same time as the revoke. */
  readonly beside?: () => Promise<unknown>;
}

/** Calls that race the revoke, and go on after it, on every node at once. */
export async function race(stage: Stage, caller: Tenant, account: Account, plan: Race): Promise<RevokeRecord> {
  const { kind, revoke, disturbance = null, beside } = plan;
  const { log, members, nodes } = stage.cluster;
  const state: { done: RevokeRecord | null; made: number } = { done: null, made: 0 };
  const loop = async (index: number): Promise<void> => {
    const node = nodes[index % nodes.length];
    for (let after = 0; after < CALLS_AFTER;) {
      const { status } = await caller.call(account, node);
      stage.count('calls that raced a revoke');
      state.made += 1;
      if (state.done !== null) after += 1;
      // Nobody is there to be hurried.
      if (status === 0) await sleep(UNANSWERED_MS);
    }
  };
  const loops = Promise.all(Array.from({ length: CALLERS }, (_, index) => loop(index)));
  // Every node has the account in its caches by now.
  stage.expectSuccess(await stage.callers(account, stage.random.between(3, 12), '', caller));
  const before = stage.random.between(...CALLS_BEFORE);
  await until(() => state.made >= before, 'calls before a revoke');
  const disturbed = stage.random.pick(members);
  await disturbance?.begin(stage, disturbed);
  const revoker = stage.random.pick(disturbance === null ? members : members.filter((each) => each !== disturbed));
  const besides = beside?.();
  state.done = await log.revoke(kind, [account.identifier], async () => void (await revoke(revoker.node.url)));
  stage.count(`revoked: ${kind}`);
  if (disturbance !== null) await recover(stage, caller, account, { disturbance, disturbed });
  await Promise.all([loops, besides]);
  return state.done;
}

/** Calls reach the disturbed node before it has recovered, and it refuses them; so it does when it has. */
async function recover(
  stage: Stage,
  caller: Tenant,
  account: Account,
  { disturbance, disturbed }: { readonly disturbance: Disturbance; readonly disturbed: Member },
): Promise<void> {
  const { node } = disturbed;
  const late = Promise.all(Array.from({ length: LATE_CALLS }, () => caller.call(account, node)));
  await disturbance.end(disturbed);
  await late;
  await until(async () => isRefused(await caller.call(account, node)), `${node.name} refuses a revoked call`);
  stage.count(`revoked beside: ${disturbance.kind}`);
}

/** One round: a race, a neighbour that must not notice unless its node is disturbed, and the access given back. */
async function round(stage: Stage, accounts: Raced, revocation: Revocation, turn: number): Promise<Account> {
  const { account, neighbour } = accounts;
  const disturbance = turn % 2 === 1 ? disturbanceOf((turn - 1) / 2) : null;
  const { kind } = revocation;
  stage.expectSuccess(await stage.callers(account, 6));
  const spared = disturbance !== null || kind === 'connection disabled' ? null : stage.callers(neighbour, 12);
  const revoke = await race(stage, stage.tenant, account, {
    kind,
    revoke: (base) => revocation.revoke(stage, account, base),
    disturbance,
    beside: () => besideRevoke(stage, account, turn),
  });
  if (spared !== null) stage.expectSuccess(await spared);
  stage.cluster.log.restoring(revoke);
  const restored = await revocation.restore(stage, account, stage.cluster.anyNode.url);
  return revocation.restore === connectAgain ? (restored as Account) : account;
}

/** In turns without a disturbance: every second time the credential has to be refreshed, and every fifth the keys are rotated. */
async function besideRevoke(stage: Stage, account: Account, turn: number): Promise<void> {
  if (turn % 4 === 0) stage.expire(account);
  if (turn % 10 !== 0) return;
  await stage.tenant.ask(`${stage.cluster.anyNode.url}/api/v1/keys/data:rotate`, {});
  stage.count('data keys rotated under calls');
}

interface Raced {
  readonly account: Account;
  readonly neighbour: Account;
}

/** Revokes against calls on all nodes, whose caches are hot, until it is enough. */
export async function raceRevokes(stage: Stage, isEnough: (turns: number) => boolean): Promise<void> {
  const [first] = await stage.connect('revoked', 'strict', 1);
  const [neighbour] = await stage.connect('neighbour', 'strict', 1);
  if (first === undefined || neighbour === undefined) return;
  let account = first;
  for (let turn = 0; !isEnough(turn) && !stage.timeIsUp; turn += 1) {
    const revocation = REVOCATIONS[turn % REVOCATIONS.length] as Revocation;
    account = await round(stage, { account, neighbour }, revocation, turn);
  }
  stage.accounts.splice(stage.accounts.indexOf(first), 1, account);
}

/** Operations of a whole run: it goes on with this until there are as many, if the time allows. */
const OPERATIONS = 100_000;

export const revocation: Scenario = {
  name: 'revocation',
  run: (stage) => raceRevokes(stage, () => stage.cluster.log.operations >= OPERATIONS),
};
