import type { AccountId, ConnectionId, TenantId } from '#app/kernel';

/** One generation of one account's credential: what a refresh replaces. */
export interface RefreshSubject {
  readonly tenantId: TenantId;
  readonly id: AccountId;
  readonly connectionId: ConnectionId;
  readonly identifier: string;
  readonly version: number;
  readonly generation: number;
}

/** What came of an attempt to get a newer credential, for whoever waits for it. */
export type RefreshOutcome =
  /** There is a newer one, or the account is not what it was: look at it again. */
  | { readonly kind: 'moved' }
  /** The old access token is to be used for as long as it works. */
  | { readonly kind: 'keep' }
  /** None can be had at the moment; the account is still connected. */
  | { readonly kind: 'unavailable'; readonly why: Unavailable; readonly retryAfterMs: number }
  /** The provider says that the authorization is over. */
  | { readonly kind: 'expired'; readonly reason: string };

export type Unavailable =
  /** The token endpoint fails. */
  | 'provider_unavailable'
  /** The token endpoint refuses the app, not the user. */
  | 'app_refused'
  /** It is not known whether the refresh token was spent, and that has to be waited out. */
  | 'no_answer'
  /** Another node is at it, and the provider takes its time. */
  | 'under_way';
