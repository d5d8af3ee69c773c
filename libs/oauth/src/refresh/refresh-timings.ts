import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';

/** The times of a refresh, in one place, so that a test can bend them. */
export class RefreshTimings {
  /** How this node calls itself in a lease. */
  readonly node = `${hostname().slice(0, 60)}-${process.pid}-${randomBytes(4).toString('hex')}`;

  constructor(
    /** How long the right to refresh lasts without being renewed. */
    readonly leaseMs = 20_000,
    readonly renewEveryMs = 5000,
    /** What must be left of a lease for a token to be sent. */
    readonly sendMarginMs = 5000,
    /** Of one token request. Providers have been seen to take a minute. */
    readonly requestTimeoutMs = 75_000,
    /** How long, after the longest request could have ended, the answer of an owner that fell silent is waited for. */
    readonly silenceMs = 20_000,
    /** For how long an answer that can't be stored is kept in memory and tried again. */
    readonly storeForMs = 10 * 60_000,
    /** How long this node watches another one's refresh, for all of its callers together. */
    readonly watchMs = 3 * 60_000,
    /** First pause between two looks at another node's refresh; it grows to ten times as much. */
    readonly pollMs = 60,
  ) {}

  /** Where tests hold a refresh, or end it as the death of its process would. */
  reach(_point: RefreshPoint): Promise<void> | undefined {
    return undefined;
  }
}

/** Points of a refresh between which a process may be stopped, or die. */
export type RefreshPoint = 'before_journal' | 'before_send' | 'after_answer' | 'before_renewal';
