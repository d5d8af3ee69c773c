import type { Evidence, FinalAccount, ProviderRefreshToken } from './evidence.js';
import type { Verdict } from './verdict.js';

/** What became of the refresh tokens, judged by the provider's own book. */
export function checkRefreshes(evidence: Evidence): Verdict[] {
  return [
    checkRedemptions(evidence),
    checkReuse(evidence),
    checkLosses(evidence),
    checkReconnects(evidence),
    checkGenerations(evidence),
  ];
}

const keyOf = ({ provider, user }: Pick<ProviderRefreshToken, 'provider' | 'user'>): string => `${provider} ${user}`;

/** Accounts of which the harness itself destroyed an answer of the provider. */
const withLostAnswer = ({ kills }: Evidence): Set<string> =>
  new Set(kills.filter(({ lostAnswer }) => lostAnswer).map(({ account }) => account ?? ''));

function checkRedemptions(evidence: Evidence): Verdict {
  const excused = withLostAnswer(evidence);
  const { refreshTokens } = evidence;
  const spent = refreshTokens.filter(({ redeemed }) => redeemed > 0);
  const twice = spent.filter(({ redeemed }) => redeemed > 1);
  const again = twice.filter(({ provider, user }) => provider === 'grace' && excused.has(user)).length;
  return {
    statement: 'refresh tokens redeemed more than once',
    breaches: twice
      .filter(({ provider, user }) => provider !== 'grace' || !excused.has(user))
      .map((token) => `${keyOf(token)} generation ${token.generation}: ${token.redeemed} times`),
    looked: `${spent.length} tokens redeemed; ${again} asked for again within the provider's grace after a lost answer`,
  };
}

function checkReuse(evidence: Evidence): Verdict {
  const excused = withLostAnswer(evidence);
  const killed = evidence.families.filter(({ dead }) => dead === 'reuse');
  const lastResort = killed.filter(({ provider, user }) => provider === 'strict' && excused.has(user)).length;
  return {
    statement: 'authorizations that the provider killed for reuse',
    breaches: killed.filter(({ provider, user }) => provider === 'grace' || !excused.has(user)).map(keyOf),
    looked: `${evidence.families.length} authorizations; ${lastResort} last resorts after a crash that lost the answer`,
  };
}

/** The provider would still serve the user, and Gatehouse can't. */
function checkLosses(evidence: Evidence): Verdict {
  const kept = evidence.accounts.filter(({ revoked }) => !revoked);
  const excused = withLostAnswer(evidence);
  const isExcused = ({ provider, identifier }: FinalAccount): boolean =>
    provider === 'strict' && excused.has(identifier);
  const inherent = kept.filter((account) => !account.usable && isExcused(account)).length;
  return {
    statement: 'authorizations lost',
    breaches: kept
      .filter((account) => !account.usable && !isExcused(account))
      .map(({ provider, identifier, status }) => `${provider} ${identifier}: ${status}`),
    looked: `${kept.length} accounts tried at the end; ${inherent} beyond saving: strict provider, answer destroyed by the kill`,
  };
}

function checkReconnects({ accounts, families }: Evidence): Verdict {
  const alive = new Set(families.filter(({ latest, dead }) => latest && dead === null).map(keyOf));
  const given = accounts.filter(({ status, revoked }) => !revoked && status !== 'ACTIVE');
  return {
    statement: 'false reconnects',
    breaches: given
      .filter(({ provider, identifier }) => alive.has(keyOf({ provider, user: identifier })))
      .map(({ identifier, status }) => `${identifier} is ${status}, and its authorization is alive`),
    looked: `${given.length} accounts ask to be reconnected`,
  };
}

/** An owner that comes back too late must not put its credential in the place of another one. */
function checkGenerations({ refreshed, revokes }: Evidence): Verdict {
  const authorizedAnew = new Set(revokes.flatMap(({ accounts }) => accounts));
  const counted = refreshed.filter(({ identifier }) => !authorizedAnew.has(identifier));
  const seen = new Set<string>();
  return {
    statement: 'credentials that were put into use twice',
    breaches: counted
      .map(({ accountId, identifier, generation }) => `${identifier} (${accountId}) generation ${generation}`)
      .filter((generation) => seen.size === seen.add(generation).size),
    looked: `${counted.length} refreshed credentials`,
  };
}
