import type { AccountId, ConnectionId, RevocationId } from '#app/kernel';

/**
 * - `pending`: the provider is still to be told, or told again
 * - `done`: the provider has confirmed it, or no longer knew the tokens
 * - `skipped`: the provider was not asked, since it would have ended the access of others too
 * - `abandoned`: the provider could not be told, and is not asked any more
 */
export const REVOCATION_STATES = ['pending', 'done', 'skipped', 'abandoned'] as const;
export type RevocationState = (typeof REVOCATION_STATES)[number];

/**
 * Whose use of the same OAuth app forbids to send a revocation, because the provider would end that use too.
 *
 * `account`: the account that the tokens were for; `principal`: the same user at the provider; `workspace`: anybody of the same
 * workspace; `app`: anybody at all, when nobody knows whose the tokens are; `other_tenants`: of that workspace, those of other
 * tenants only, since this one has asked for it.
 */
export type Spares = 'nobody' | 'account' | 'principal' | 'workspace' | 'app' | 'other_tenants';

/** Tokens that were given up here, on their way to be given up at the provider too. */
export interface UpstreamRevocation {
  readonly id: RevocationId;
  readonly accountId: AccountId;
  readonly connectionId: ConnectionId;
  readonly identifier: string;
  readonly connector: string;
  /** What the provider ends: this authorization, all that the user granted, or the app in the whole workspace. */
  readonly scope: 'token' | 'user' | 'workspace';
  /** The provider's id of the workspace; null where it has none, or was not asked. */
  readonly workspace: string | null;
  /** Why the tokens were given up. */
  readonly reason: string;
  readonly state: RevocationState;
  readonly attempts: number;
  /** What the last attempt came to, or why there was none. */
  readonly lastError: string | null;
  /** Null once it has ended. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}
