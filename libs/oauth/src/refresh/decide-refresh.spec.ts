import { decideRefresh, type RefreshSituation } from './decide-refresh.js';

const NOW = 1_000_000;
const READY = { state: 'ready', firstSentAt: null, sentAt: null, failures: 0, retryAt: null } as const;
const SITUATION: RefreshSituation = {
  now: NOW,
  journal: READY,
  token: { expired: true, refused: false, probe: null },
  facts: { rotates: true, graceMs: 0, endsAccessToken: false },
  times: { requestTimeoutMs: 75_000, silenceMs: 20_000 },
};

const decide = (changes: {
  journal?: Partial<RefreshSituation['journal']>;
  token?: Partial<RefreshSituation['token']>;
  facts?: Partial<RefreshSituation['facts']>;
}) =>
  decideRefresh({
    ...SITUATION,
    journal: { ...READY, ...changes.journal },
    token: { ...SITUATION.token, ...changes.token },
    facts: { ...SITUATION.facts, ...changes.facts },
  });

const sentAgo = (milliseconds: number, state: 'sending' | 'unanswered' = 'unanswered') => ({
  state,
  firstSentAt: NOW - milliseconds,
  sentAt: NOW - milliseconds,
});
const WORKS = { expired: false, refused: false } as const;

describe('decideRefresh', () => {
  it('sends a token that nobody has sent', () => {
    expect(decide({})).toEqual({ do: 'send', lastResort: false });
    expect(decide({ token: WORKS })).toEqual({ do: 'send', lastResort: false });
  });

  it('leaves the provider alone for as long as it was told to', () => {
    expect(decide({ journal: { retryAt: NOW + 1, failures: 2 } })).toEqual({
      do: 'wait',
      until: NOW + 1,
      because: 'backoff',
    });
    expect(decide({ journal: { retryAt: NOW, failures: 2 } })).toMatchObject({ do: 'send' });
  });

  it('sends again where refresh tokens are not used up', () => {
    expect(decide({ journal: sentAgo(1000, 'sending'), facts: { rotates: false } })).toEqual({
      do: 'send',
      lastResort: false,
    });
  });

  it('R2 sends again within the grace that the provider declares, as long as it can arrive in time', () => {
    const facts = { graceMs: 30_000 };
    expect(decide({ journal: sentAgo(14_999, 'sending'), facts })).toEqual({ do: 'send', lastResort: false });
    expect(decide({ journal: sentAgo(15_000), facts })).toMatchObject({ lastResort: true });
  });

  it('R2 asks whether the old access token works before it risks the authorization', () => {
    expect(decide({ journal: sentAgo(1000), token: WORKS })).toEqual({ do: 'probe' });
    for (const probe of ['accepted', 'no_answer'] as const)
      expect(decide({ journal: sentAgo(1000), token: { ...WORKS, probe } })).toEqual({ do: 'keep' });
    expect(decide({ journal: sentAgo(1000), token: { ...WORKS, probe: 'refused' } })).toEqual({
      do: 'send',
      lastResort: true,
    });
  });

  it('R2 takes a working access token for proof where a refresh would have ended it', () => {
    const facts = { endsAccessToken: true };
    const token = { ...WORKS, probe: 'accepted' } as const;
    expect(decide({ journal: sentAgo(1000), token, facts })).toEqual({ do: 'send', lastResort: false });
    // Whoever sent it may still be waiting for the answer
    expect(decide({ journal: sentAgo(1000, 'sending'), token, facts })).toEqual({
      do: 'wait',
      until: NOW + 94_000,
      because: 'owner_silent',
    });
  });

  it('R2 redeems once more as the last resort, when an owner that fell silent can’t come back any more', () => {
    expect(decide({ journal: sentAgo(94_999, 'sending') })).toEqual({
      do: 'wait',
      until: NOW + 1,
      because: 'owner_silent',
    });
    expect(decide({ journal: sentAgo(95_000, 'sending') })).toEqual({ do: 'send', lastResort: true });
    expect(decide({ journal: sentAgo(1), token: { expired: false, refused: true } })).toEqual({
      do: 'send',
      lastResort: true,
    });
  });
});
