import type { FinalAccount } from './evidence.js';
import type { Stage } from './stage.js';
import type { Account } from './tenant.js';
import { until } from './until.js';

/** Longest that an attempt whose owner died takes to be resolved. */
const RESOLVED_MS = 150_000;
const GIVEN_UP = new Set(['EXPIRED', 'DISCONNECTED']);

/**
 * Tries every account once more, with an access token that has just ended: whether it can still be used shows only when it has
 * to be refreshed. An account is given the time that resolving a crashed attempt takes.
 */
export function finalAccounts(stage: Stage): Promise<FinalAccount[]> {
  for (const account of stage.accounts) stage.expire(account);
  return Promise.all(stage.accounts.map((account) => finalAccount(stage, account)));
}

async function finalAccount(stage: Stage, account: Account): Promise<FinalAccount> {
  const { identifier, provider } = account;
  const end = { status: 'ACTIVE', usable: false };
  const isSettled = async (): Promise<boolean> => {
    end.usable = (await stage.tenant.call(account)).status === 200;
    if (!end.usable) end.status = await stage.tenant.status(account);
    return end.usable || GIVEN_UP.has(end.status);
  };
  // One that comes to nothing in the time is reported as it is then.
  await until(isSettled, identifier, RESOLVED_MS, 1_000).catch(() => undefined);
  return { identifier, provider, ...end, revoked: false };
}
