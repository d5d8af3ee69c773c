import type { LifecycleEventType } from '#app/audit';

/** Every way in which connecting an account can end without success. Each is a page of its own and an audit reason. */
export type ConnectFailureCode =
  | 'link_unknown'
  | 'link_expired'
  | 'link_used'
  | 'link_other_browser'
  /** Another user of the same tenant is signed in, in the browser that opened it. */
  | 'link_other_user'
  /** An answer to the question whose account it is that does not come from the page that asked. */
  | 'link_unconfirmed'
  /** Or its tenant is suspended. */
  | 'connection_disabled'
  /** The state of the callback is missing, was never issued, or was used before. */
  | 'state_unknown'
  | 'state_expired'
  | 'state_other_browser'
  /** The callback arrived at the redirect URI of another connection. */
  | 'state_other_connection'
  /** The answer names another authorization server than the one that was asked (RFC 9207). */
  | 'issuer_mismatch'
  | 'consent_refused'
  /** The provider sent the browser back with an error. */
  | 'provider_refused'
  | 'code_missing'
  | 'code_refused'
  | 'exchange_failed'
  | 'exchange_timeout'
  | 'identity_failed'
  | 'identity_timeout'
  /** Somebody else than before consented. */
  | 'identity_mismatch'
  /** The tenant asks for verification, and the link names no URL for it. */
  | 'verification_unavailable'
  /** The link's verify URL is not, or not any more, on the tenant's list of addresses that browsers may be sent to. */
  | 'redirect_not_allowed'
  /** The account was disconnected or deleted while the user was at the provider. */
  | 'account_gone';

/** The type of audit event with which a failure is recorded. */
export function eventOfFailure(code: ConnectFailureCode): LifecycleEventType {
  if (code === 'consent_refused') return 'connected_account.consent_refused';
  const refusedByUs = code.startsWith('link_') || code.startsWith('state_') || code === 'connection_disabled';
  return refusedByUs ? 'connected_account.link_refused' : 'connected_account.connect_failed';
}

/**
 * A connect attempt that ended without success. Nothing about the account has changed.
 * `internal` is for the log: what really happened, without a code, a token or a provider's body.
 */
export class ConnectFailure extends Error {
  constructor(
    readonly code: ConnectFailureCode,
    readonly internal?: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`Connecting the account failed: ${code}`, options);
    this.name = 'ConnectFailure';
  }
}
