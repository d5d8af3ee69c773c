import type { ProviderKind } from '../provider.js';
import type { Stage } from '../stage.js';
import type { Account } from '../tenant.js';
import type { Scenario } from './scenario.js';

const KINDS: readonly ProviderKind[] = ['strict', 'grace'];

const requestsAt = (stage: Stage): number =>
  KINDS.reduce((sum, kind) => sum + stage.cluster.providers[kind].refreshRequests, 0);

/**
 * The access tokens of these accounts end, and so many callers of each find out at the same moment on all nodes. One token
 * request per account, however long the provider takes.
 */
export async function expireUnderCallers(
  stage: Stage,
  accounts: readonly Account[],
  callers: number,
  latencyMs: readonly [number, number],
): Promise<void> {
  for (const kind of KINDS) stage.cluster.providers[kind].settings.tokenLatencyMs = latencyMs;
  const before = requestsAt(stage);
  for (const account of accounts) stage.expire(account);
  const calls = await Promise.all(accounts.map((account) => stage.callers(account, callers)));
  for (const kind of KINDS) stage.cluster.providers[kind].settings.tokenLatencyMs = [0, 0];
  stage.expectSuccess(calls.flat());
  const requests = requestsAt(stage) - before;
  stage.count('token requests where nothing was broken', requests);
  if (requests !== accounts.length)
    stage.facts.excessTokenRequests.push(`${requests} token requests for ${accounts.length} expiries`);
}

const CALLERS = 200;
const SLOW_MS: readonly (readonly [number, number])[] = [
  [30_000, 30_000],
  [5_000, 15_000],
  [500, 2_000],
];
const MANY = { accounts: 20, rounds: 50, callers: 6 };

/** 200 callers per account at slow providers; then a thousand expiries at fast ones. */
export const refresh: Scenario = {
  name: 'refresh',
  run: async (stage) => {
    const slow = [...(await stage.connect('slow', 'strict', 2)), ...(await stage.connect('slow', 'grace', 1))];
    for (const latency of SLOW_MS) {
      await expireUnderCallers(stage, slow, CALLERS, latency);
      stage.count('expiries with 200 callers', slow.length);
    }
    const many = await stage.connect('many', 'strict', MANY.accounts);
    for (let round = 0; round < MANY.rounds && !stage.timeIsUp; round += 1)
      await expireUnderCallers(stage, many, MANY.callers, [0, stage.random.between(0, 150)]);
  },
};
