import { CONNECTORS } from '../provider.js';
import type { Stage } from '../stage.js';
import type { Account, Tenant } from '../tenant.js';
import type { RevokeRecord } from '../client-log.js';
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
const CALLS_AFTER = 6;

/** Calls that race the revoke, and go on after it, on every node at once. */
export async function race(
  stage: Stage,
  caller: Tenant,
  account: Account,
  { kind, revoke }: { readonly kind: string; readonly revoke: (base: string) => Promise<unknown> },
): Promise<RevokeRecord> {
  const state: { done: RevokeRecord | null } = { done: null };
  const loop = async (index: number): Promise<void> => {
    const node = stage.cluster.nodes[index % stage.cluster.nodes.length];
    for (let after = 0; after < CALLS_AFTER;) {
      await caller.call(account, node);
      stage.count('calls that raced a revoke');
      if (state.done !== null) after += 1;
    }
  };
  const loops = Promise.all(Array.from({ length: CALLERS }, (_, index) => loop(index)));
  // Every node has the account in its caches by now.
  stage.expectSuccess(await stage.callers(account, stage.random.between(3, 12), '', caller));
  const { log, anyNode } = stage.cluster;
  state.done = await log.revoke(kind, [account.identifier], async () => void (await revoke(anyNode.url)));
  stage.count(`revoked: ${kind}`);
  await loops;
  return state.done;
}

/** One round: a race, a neighbour that must not notice, and the access given back. */
async function round(stage: Stage, account: Account, neighbour: Account, revocation: Revocation): Promise<Account> {
  stage.expectSuccess(await stage.callers(account, 6));
  const beside = revocation.kind === 'connection disabled' ? null : stage.callers(neighbour, 12);
  const revoke = await race(stage, stage.tenant, account, {
    kind: revocation.kind,
    revoke: (base) => revocation.revoke(stage, account, base),
  });
  if (beside !== null) stage.expectSuccess(await beside);
  stage.cluster.log.restoring(revoke);
  const restored = await revocation.restore(stage, account, stage.cluster.anyNode.url);
  return revocation.restore === connectAgain ? (restored as Account) : account;
}

/** Revokes against calls on all nodes, whose caches are hot, until enough calls have raced one. */
export async function raceRevokes(stage: Stage, atLeast: number): Promise<void> {
  const [first] = await stage.connect('revoked', 'strict', 1);
  const [neighbour] = await stage.connect('neighbour', 'strict', 1);
  if (first === undefined || neighbour === undefined) return;
  let account = first;
  const raced = (): number => stage.facts.counts.get('calls that raced a revoke') ?? 0;
  const enough = raced() + atLeast;
  for (let turn = 0; raced() < enough && !stage.timeIsUp; turn += 1)
    account = await round(stage, account, neighbour, REVOCATIONS[turn % REVOCATIONS.length] as Revocation);
  stage.accounts.splice(stage.accounts.indexOf(first), 1, account);
}

export const revocation: Scenario = { name: 'revocation', run: (stage) => raceRevokes(stage, 10_000) };
