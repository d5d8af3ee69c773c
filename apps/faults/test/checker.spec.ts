import { check } from '../src/checker.js';
import type { CallRecord, RevokeRecord } from '../src/client-log.js';
import type { Evidence, OutcomeRecord } from '../src/evidence.js';

const call = (change: Partial<CallRecord> = {}): CallRecord => ({
  name: 'call-1',
  account: 'ada',
  node: 'node-1',
  startedAt: 1,
  endedAt: 2,
  status: 200,
  code: null,
  executionId: 'exe_1',
  user: 'ada',
  ...change,
});

const revoke = (change: Partial<RevokeRecord> = {}): RevokeRecord => ({
  kind: 'account disconnected',
  accounts: ['ada'],
  startedAt: 10,
  returnedAt: 20,
  restoredAt: null,
  ...change,
});

/** One call that went well, of an account that was refreshed once. */
const GOOD: Evidence = {
  calls: [call()],
  revokes: [],
  kills: [],
  providerCalls: [{ name: 'call-1', user: 'ada', accepted: true }],
  refreshTokens: [{ provider: 'strict', user: 'ada', generation: 0, presented: 1, redeemed: 1 }],
  families: [{ provider: 'strict', user: 'ada', dead: null, latest: true }],
  intents: [{ executionId: 'exe_1', name: 'call-1', identifier: 'ada' }],
  outcomes: [{ executionId: 'exe_1', status: 'success', code: null, source: 'rest' }],
  denials: [],
  refreshed: [{ accountId: 'ca_1', identifier: 'ada', generation: 1 }],
  accounts: [{ identifier: 'ada', provider: 'strict', status: 'ACTIVE', usable: true, revoked: false }],
};

const LOST: OutcomeRecord = { executionId: 'exe_1', status: 'unknown', code: 'unknown_outcome', source: 'job' };
const [intent] = GOOD.intents;
const [outcome] = GOOD.outcomes;
const [token] = GOOD.refreshTokens;
const [account] = GOOD.accounts;
const killed = { step: 'sent', account: 'ada', lostAnswer: true };

/** The statements that the checker finds broken. */
const brokenBy = (forged: Partial<Evidence>): string[] =>
  check({ ...GOOD, ...forged })
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ statement }) => statement);

describe('the checker of the fault run', () => {
  it('finds nothing in a good log', () => {
    expect(brokenBy({})).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, string[]]>([
    [
      'a refresh token that was redeemed twice',
      { refreshTokens: [{ ...token!, redeemed: 2 }] },
      ['refresh tokens redeemed more than once'],
    ],
    [
      'an authorization that died of reuse, and with it an account',
      {
        families: [{ ...GOOD.families[0]!, dead: 'reuse' }],
        accounts: [{ ...account!, usable: false, status: 'EXPIRED' }],
      },
      ['authorizations that the provider killed for reuse', 'authorizations lost'],
    ],
    [
      'an account that is to be reconnected without need',
      { accounts: [{ ...account!, usable: false, status: 'EXPIRED' }] },
      ['authorizations lost', 'false reconnects'],
    ],
    ['an account that is ACTIVE and useless', { accounts: [{ ...account!, usable: false }] }, ['authorizations lost']],
    [
      'a generation that was put into use twice',
      { refreshed: [...GOOD.refreshed, ...GOOD.refreshed] },
      ['credentials that were put into use twice'],
    ],
    [
      'a request that nobody wrote down',
      { providerCalls: [...GOOD.providerCalls, { name: 'call-2', user: 'ada', accepted: true }] },
      ['calls at the provider without a durable intent'],
    ],
    [
      'a write that was done twice',
      { providerCalls: [...GOOD.providerCalls, ...GOOD.providerCalls] },
      ['writes that the provider did more than once'],
    ],
    [
      'a call that began after the revoke and left',
      { revokes: [revoke({ startedAt: -2, returnedAt: -1 })] },
      ['calls admitted after a revoke had returned'],
    ],
    [
      'a call that began after the revoke, was written down and got no answer',
      {
        calls: [call({ startedAt: 30, endedAt: 31, status: 0, executionId: null, user: null })],
        revokes: [revoke()],
        providerCalls: [],
        outcomes: [LOST],
      },
      ['calls admitted after a revoke had returned'],
    ],
    [
      'an intent that stays open',
      { intents: [...GOOD.intents, { ...intent!, executionId: 'exe_2', name: 'call-2' }] },
      ['intents left open after reconciliation'],
    ],
    [
      'a success that was told and not recorded',
      { outcomes: [] },
      ['intents left open after reconciliation', 'replies to callers without an outcome record'],
    ],
    [
      'a success that was told and taken for lost',
      { outcomes: [LOST] },
      ['replies to callers without an outcome record', 'replies to callers that their record contradicts'],
    ],
    [
      'an error that was told and recorded as a success',
      { calls: [call({ status: 502, code: 'provider_error', user: null })] },
      ['replies to callers that their record contradicts'],
    ],
    [
      'an error that was told and recorded as another one',
      {
        calls: [call({ status: 502, code: 'provider_error', user: null })],
        outcomes: [{ ...outcome!, status: 'failure', code: 'timeout' }],
      },
      ['replies to callers that their record contradicts'],
    ],
    [
      'a refusal that was told and recorded as another one',
      {
        calls: [call(), call({ name: 'call-2', status: 403, code: 'policy_denied', executionId: 'exe_2', user: null })],
        denials: [{ executionId: 'exe_2', code: 'account_not_active' }],
      },
      ['replies to callers that their record contradicts'],
    ],
    [
      'a reply that names the execution of another call',
      { intents: [{ ...intent!, name: 'call-2' }], providerCalls: [{ name: 'call-2', user: 'ada', accepted: true }] },
      ['replies to callers that their record contradicts'],
    ],
    [
      'an outcome that was written once more',
      { outcomes: [outcome!, outcome!] },
      ['executions with more than one outcome'],
    ],
    [
      'an error that was told and not recorded',
      { calls: [call(), call({ name: 'call-2', status: 502, executionId: 'exe_2', user: null })] },
      ['replies to callers without an outcome record'],
    ],
    [
      'a success in the trail that the provider knows nothing of',
      { providerCalls: [] },
      ['outcomes that claim what the provider did not do'],
    ],
    [
      'an answer that was meant for somebody else',
      { calls: [call({ user: 'grace' })] },
      ["answers and requests under another user's credential"],
    ],
    [
      'a request that left as somebody else',
      { providerCalls: [{ name: 'call-1', user: 'grace', accepted: true }] },
      ["answers and requests under another user's credential"],
    ],
  ])('finds %s', (_, forged, broken) => {
    expect(brokenBy(forged)).toEqual(broken);
  });

  it('lets a call race a revoke, and follow a restore', () => {
    expect(brokenBy({ revokes: [revoke({ startedAt: 0, returnedAt: 1.5 })] })).toEqual([]);
    expect(brokenBy({ calls: [call({ startedAt: 31, endedAt: 32 })], revokes: [revoke({ restoredAt: 30 })] })).toEqual(
      [],
    );
  });

  it('takes what the caller cannot know, and what was closed after a crash, for no contradiction', () => {
    const unsure = call({ status: 502, code: 'unknown_outcome', user: null });
    expect(brokenBy({ calls: [unsure] })).toEqual([]);
    expect(brokenBy({ calls: [unsure], outcomes: [LOST] })).toEqual([]);
    expect(brokenBy({ calls: [{ ...unsure, code: 'timeout' }], outcomes: [LOST] })).toEqual([]);
  });

  it('excuses what a kill between the send and the commit has made inevitable, and nothing else', () => {
    const lost: Partial<Evidence> = {
      families: [{ ...GOOD.families[0]!, dead: 'reuse' }],
      accounts: [{ ...account!, usable: false, status: 'EXPIRED' }],
    };
    expect(brokenBy({ ...lost, kills: [killed] })).toEqual([]);
    expect(brokenBy({ ...lost, kills: [{ ...killed, lostAnswer: false }] })).not.toEqual([]);
    expect(brokenBy({ ...lost, kills: [{ ...killed, account: 'grace' }] })).not.toEqual([]);
  });

  it('excuses a second redemption within a grace, after such a kill', () => {
    const again: Partial<Evidence> = { refreshTokens: [{ ...token!, provider: 'grace', redeemed: 2 }] };
    expect(brokenBy({ ...again, kills: [killed] })).toEqual([]);
    expect(brokenBy(again)).not.toEqual([]);
  });
});
