import type { CallRecord, RevokeRecord } from './client-log.js';
import type { ProviderKind } from './provider.js';

/** A node that was killed, and where it stood. */
export interface KillRecord {
  readonly step: string;
  /** The account whose call or refresh it was in the middle of; null when nobody chose. */
  readonly account: string | null;
  /**
   * The provider may have redeemed the refresh token, and nobody is left who knows the answer: killed after the token was sent
   * and before what came of it was committed. At a provider without a grace that authorization is lost by its rules.
   */
  readonly lostAnswer: boolean;
}

export interface ProviderRefreshToken {
  readonly provider: ProviderKind;
  readonly user: string;
  /** Place in the chain of its authorization; the first is 0. */
  readonly generation: number;
  readonly presented: number;
  readonly redeemed: number;
}

export interface ProviderFamily {
  readonly provider: ProviderKind;
  readonly user: string;
  readonly dead: 'reuse' | 'revoked' | null;
  /** Whether it is the one that the user gave last. */
  readonly latest: boolean;
}

/** A write that reached the provider. */
export interface ProviderCall {
  readonly name: string;
  readonly user: string | null;
  readonly accepted: boolean;
}

export interface IntentRecord {
  readonly executionId: string;
  readonly name: string;
  readonly identifier: string;
}

export interface OutcomeRecord {
  readonly executionId: string;
  readonly status: string;
  /** Of the error that it records. */
  readonly code: string | null;
  /** `job` for one that was written for a process that died. */
  readonly source: string;
}

/** An execution that was refused before it left. */
export interface DenialRecord {
  readonly executionId: string;
  readonly code: string | null;
}

/** A refreshed credential that was put into use. */
export interface RefreshRecord {
  readonly accountId: string;
  readonly identifier: string;
  readonly generation: number;
}

/** An account as it is when all is over: what Gatehouse calls it, and whether a call as this user works. */
export interface FinalAccount {
  readonly identifier: string;
  readonly provider: ProviderKind;
  readonly status: string;
  readonly usable: boolean;
  /** The harness took the access away and did not give it back. */
  readonly revoked: boolean;
}

/** Everything that the checker judges by: three logs that know nothing of each other, and what the harness did. */
export interface Evidence {
  readonly calls: readonly CallRecord[];
  readonly revokes: readonly RevokeRecord[];
  readonly kills: readonly KillRecord[];
  readonly providerCalls: readonly ProviderCall[];
  readonly refreshTokens: readonly ProviderRefreshToken[];
  readonly families: readonly ProviderFamily[];
  readonly intents: readonly IntentRecord[];
  readonly outcomes: readonly OutcomeRecord[];
  readonly denials: readonly DenialRecord[];
  readonly refreshed: readonly RefreshRecord[];
  readonly accounts: readonly FinalAccount[];
}
