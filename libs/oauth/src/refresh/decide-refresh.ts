/**
 * What the journal knows of the refresh token of one generation of a credential.
 *
 * - `ready`: it is not known to have been received by the provider
 * - `sending`: somebody sent it, or was about to, and has not said yet what came of it
 * - `unanswered`: it was sent, and the answer is lost; the provider may have spent it
 */
export type AttemptState = 'ready' | 'sending' | 'unanswered';

export interface RefreshJournalEntry {
  readonly state: AttemptState;
  /** When it was sent for the first time since it was last known to be unspent. By the database's clock, as all of these. */
  readonly firstSentAt: number | null;
  /** When it was sent for the last time. */
  readonly sentAt: number | null;
  /** Failures in a row. */
  readonly failures: number;
  /** Until then the provider is left alone. */
  readonly retryAt: number | null;
}

/** What is known of the access token of that generation. */
export interface AccessTokenEvidence {
  /** Past its time. */
  readonly expired: boolean;
  /** The provider refused it in a call. */
  readonly refused: boolean;
  /** What the provider said when it was asked who it is; null when it was not asked. */
  readonly probe: 'accepted' | 'refused' | 'no_answer' | null;
}

/** What the manifest says of the provider's refresh tokens. */
export interface RotationFacts {
  readonly rotates: boolean;
  readonly graceMs: number;
  readonly endsAccessToken: boolean;
}

export interface RefreshTimes {
  /** Longest time that a token request takes. */
  readonly requestTimeoutMs: number;
  /** How long, after the longest request could have ended, the answer of an owner that fell silent is waited for. */
  readonly silenceMs: number;
}

export type RefreshStep =
  /** Redeem the refresh token. `lastResort`: the provider may have spent it. */
  | { readonly do: 'send'; readonly lastResort: boolean }
  /** Ask the provider whether the old access token still works. */
  | { readonly do: 'probe' }
  /** Go on with the old access token for as long as it works. */
  | { readonly do: 'keep' }
  /** Nothing until then: the provider is left alone, or an owner that fell silent may still come back with an answer. */
  | { readonly do: 'wait'; readonly until: number; readonly because: 'backoff' | 'owner_silent' };

export interface RefreshSituation {
  readonly now: number;
  readonly journal: RefreshJournalEntry;
  readonly token: AccessTokenEvidence;
  readonly facts: RotationFacts;
  readonly times: RefreshTimes;
}

/**
 * What the one who holds the lease does next. Redeeming a token that the provider has spent costs the user's whole authorization
 * at a provider that detects reuse, so a token of which that is not known is redeemed again only when it does no harm, or when
 * there is nothing left to lose: the pair that was issued for it is lost, and the old access token is dead.
 */
export function decideRefresh(situation: RefreshSituation): RefreshStep {
  const { now, journal, facts } = situation;
  if (journal.retryAt !== null && now < journal.retryAt)
    return { do: 'wait', until: journal.retryAt, because: 'backoff' };
  if (journal.state === 'ready' || !facts.rotates) return { do: 'send', lastResort: false };
  if (now < graceEnd(situation)) return { do: 'send', lastResort: false };
  return isDead(situation) ? lastResort(situation) : withWorkingToken(situation);
}

/** A redemption has to arrive within the grace, which began at the first one's arrival at the earliest. */
const graceEnd = ({ journal, facts, times }: RefreshSituation): number =>
  (journal.firstSentAt ?? 0) + facts.graceMs - Math.min(times.requestTimeoutMs, facts.graceMs / 2);

const isDead = ({ token }: RefreshSituation): boolean => token.expired || token.refused || token.probe === 'refused';

function withWorkingToken(situation: RefreshSituation): RefreshStep {
  const { token, facts } = situation;
  if (token.probe === null) return { do: 'probe' };
  // Where a refresh ends the old access token, one that works says that there was no refresh
  if (token.probe === 'accepted' && facts.endsAccessToken)
    return onceSilent(situation, { do: 'send', lastResort: false });
  return { do: 'keep' };
}

const lastResort = (situation: RefreshSituation): RefreshStep =>
  onceSilent(situation, { do: 'send', lastResort: true });

/** Who sent the token and fell silent may be cut off with the answer in its hands, or its request may still be on the way. */
function onceSilent({ now, journal, times }: RefreshSituation, then: RefreshStep): RefreshStep {
  const until = (journal.sentAt ?? 0) + times.requestTimeoutMs + times.silenceMs;
  if (journal.state !== 'sending' || now >= until) return then;
  return { do: 'wait', until, because: 'owner_silent' };
}
