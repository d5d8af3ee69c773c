import pg from 'pg';
import type { ProviderKind } from '../provider.js';
import type { Stage } from '../stage.js';
import { until } from '../until.js';
import type { Scenario } from './scenario.js';

const LEASE_OVER = `SELECT count(*)::int AS held FROM credential_refreshes r
  WHERE r.account_id = $1 AND r.lease_expires_at > clock_timestamp()`;

/**
 * The node that refreshes is stopped for longer than its lease, with the provider's answer in its socket. When it wakes up, it
 * must not put its credential in the place of a newer one; and where there is none, the answer must not be lost.
 */
export async function pauseOwner(stage: Stage, provider: ProviderKind): Promise<void> {
  const [account] = await stage.connect('paused', provider, 1);
  if (account === undefined) return;
  const { providers, members, postgres } = stage.cluster;
  const owner = stage.random.pick(members);
  stage.expectSuccess([await stage.tenant.call(account, owner.node)]);
  stage.expire(account);
  providers[provider].beforeRedeem.close();
  const first = stage.tenant.call(account, owner.node, 'paused');
  await stage.within(providers[provider].beforeRedeem.arrived(), 'a refresh to pause');
  owner.node.pause();
  providers[provider].beforeRedeem.open();
  await until(() => isFree(postgres.superuserUrl, account.id), 'the lease of the paused owner is over');
  // Where the provider has a grace, another node takes over and asks again, with leave.
  const step = `refresh: owner paused beyond its lease (${provider})`;
  stage.kills.push({ step, account: account.identifier, lostAnswer: provider === 'grace' });
  const others = members.filter((member) => member !== owner);
  const meanwhile = Promise.all(others.map(({ node }) => stage.tenant.call(account, node, 'meanwhile')));
  if (provider === 'grace') stage.expectSuccess(await meanwhile);
  owner.node.resume();
  stage.count('owners of a lease paused beyond it');
  await Promise.all([first, meanwhile]);
  for (const { node } of members)
    await until(async () => (await stage.tenant.call(account, node)).status === 200, `${node.name} has the credential`);
}

async function isFree(url: string, accountId: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ held: number }>(LEASE_OVER, [accountId]);
    return rows[0]?.held === 0;
  } finally {
    await client.end();
  }
}

export const pausedOwner: Scenario = {
  name: 'paused-owner',
  run: async (stage) => {
    await pauseOwner(stage, 'grace');
    await pauseOwner(stage, 'strict');
  },
};
