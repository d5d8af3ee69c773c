import type { CallRecord, RevokeRecord } from './client-log.js';
import type { Evidence } from './evidence.js';
import { checkRefreshes } from './check-refreshes.js';
import { checkReplies } from './check-replies.js';
import type { Verdict } from './verdict.js';

/** Holds the logs of the callers, of the provider and of Gatehouse against each other. Knows nothing of how Gatehouse works. */
export function check(evidence: Evidence): Verdict[] {
  return [
    ...checkRefreshes(evidence),
    checkIntents(evidence),
    checkSingleEffect(evidence),
    checkRevokes(evidence),
    checkOpenIntents(evidence),
    ...checkReplies(evidence),
    checkSingleOutcome(evidence),
    checkClaims(evidence),
    checkAnswers(evidence),
  ];
}

function checkIntents({ providerCalls, intents }: Evidence): Verdict {
  const intended = new Set(intents.map(({ name }) => name));
  return {
    statement: 'calls at the provider without a durable intent',
    breaches: providerCalls.filter(({ name }) => !intended.has(name)).map(({ name, user }) => `${name} as ${user}`),
    looked: `${providerCalls.length} requests at the provider`,
  };
}

function checkSingleEffect({ providerCalls }: Evidence): Verdict {
  const accepted = providerCalls.filter((call) => call.accepted);
  return {
    statement: 'writes that the provider did more than once',
    breaches: repeated(accepted.map(({ name }) => name)),
    looked: `${accepted.length} writes done`,
  };
}

function checkRevokes({ calls, revokes, intents, providerCalls }: Evidence): Verdict {
  const admitted = new Set([...intents, ...providerCalls].map(({ name }) => name));
  const byAccount = new Map<string, RevokeRecord[]>();
  for (const revoke of revokes)
    for (const account of revoke.accounts) byAccount.set(account, [...(byAccount.get(account) ?? []), revoke]);
  const after = calls.filter((call) => byAccount.get(call.account)?.some((revoke) => isAfter(call, revoke)));
  const racing = calls.filter((call) => byAccount.get(call.account)?.some((revoke) => isRacing(call, revoke)));
  return {
    statement: 'calls admitted after a revoke had returned',
    breaches: after
      .filter(({ name, status }) => admitted.has(name) || status === 200)
      .map((call) => `${call.name} at ${call.node}: answered ${call.status}`),
    looked: `${revokes.length} revokes, ${racing.length} calls under way meanwhile, ${after.length} calls begun after`,
  };
}

/** Begun when the revoke had returned, and over before anybody began to give the access back. */
const isAfter = (call: CallRecord, { returnedAt, restoredAt }: RevokeRecord): boolean =>
  call.startedAt > returnedAt && call.endedAt < (restoredAt ?? Infinity);

const isRacing = (call: CallRecord, { startedAt, returnedAt }: RevokeRecord): boolean =>
  call.startedAt < returnedAt && call.endedAt > startedAt;

function checkOpenIntents({ intents, outcomes }: Evidence): Verdict {
  const closed = new Set(outcomes.map(({ executionId }) => executionId));
  const unknown = outcomes.filter(({ source }) => source === 'job').length;
  return {
    statement: 'intents left open after reconciliation',
    breaches: intents.filter(({ executionId }) => !closed.has(executionId)).map(({ name }) => name),
    looked: `${intents.length} intents, ${unknown} closed as unknown`,
  };
}

function checkSingleOutcome({ outcomes }: Evidence): Verdict {
  return {
    statement: 'executions with more than one outcome',
    breaches: repeated(outcomes.map(({ executionId }) => executionId)),
    looked: `${outcomes.length} outcomes`,
  };
}

function checkClaims({ intents, outcomes, providerCalls }: Evidence): Verdict {
  const done = new Set(providerCalls.filter(({ accepted }) => accepted).map(({ name }) => name));
  const names = new Map(intents.map(({ executionId, name }) => [executionId, name]));
  const successes = outcomes.filter(({ status }) => status === 'success');
  return {
    statement: 'outcomes that claim what the provider did not do',
    breaches: successes
      .map(({ executionId }) => names.get(executionId) ?? `an execution without an intent: ${executionId}`)
      .filter((name) => !done.has(name)),
    looked: `${successes.length} successes in the trail`,
  };
}

function checkAnswers({ calls, providerCalls }: Evidence): Verdict {
  const accounts = new Map(calls.map(({ name, account }) => [name, account]));
  const answered = calls.filter(({ user }) => user !== null);
  const sent = providerCalls.filter(({ user, name }) => user !== null && accounts.has(name));
  return {
    statement: "answers and requests under another user's credential",
    breaches: [
      ...answered.filter(({ user, account }) => user !== account).map(({ name, user }) => `${name}: answer of ${user}`),
      ...sent
        .filter(({ user, name }) => accounts.get(name) !== user)
        .map(({ name, user }) => `${name}: sent as ${user}`),
    ],
    looked: `${answered.length} answers, ${sent.length} requests`,
  };
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}
