/** `ConnectorStatus` of the wire contract. */
export type AccountStatus = 'PENDING_AUTH' | 'PENDING_VERIFICATION' | 'ACTIVE' | 'EXPIRED' | 'DISCONNECTED';

export const ACCOUNT_STATUSES: readonly AccountStatus[] = [
  'PENDING_AUTH',
  'PENDING_VERIFICATION',
  'ACTIVE',
  'EXPIRED',
  'DISCONNECTED',
];

export interface AccountState {
  readonly status: AccountStatus;
  /** Increases with each change of status or credential. Admission fences every call on it. */
  readonly version: number;
}

/** What can happen to an account. */
export type AccountChange =
  | 'authorization_started'
  /** Consent was given and waits for the tenant to vouch for the user. */
  | 'verification_pending'
  /** A waiting consent was refused or ran out. */
  | 'verification_failed'
  /** A credential, the first or another one, is now the one in use. */
  | 'activated'
  /** The credential ran out and cannot be refreshed. */
  | 'expired'
  /** Removed by the tenant, or by the user at the provider. */
  | 'disconnected';

/**
 * The state after a change; the very same object when the change does not concern it.
 *
 * Whatever a re-authorization does before it succeeds leaves an ACTIVE account alone: its calls go on with the credential that
 * it has. An activation is possible from every status; that a disconnected account is not brought back by a consent from before
 * the disconnect is ensured by its links, which a disconnect removes.
 */
export function nextState(state: AccountState, change: AccountChange): AccountState {
  const status = TRANSITIONS[change][state.status];
  return status === undefined ? state : { status, version: state.version + 1 };
}

/** From each change, by the status before, to the status after it. What is not listed changes nothing. */
const TRANSITIONS: Record<AccountChange, Partial<Record<AccountStatus, AccountStatus>>> = {
  authorization_started: { EXPIRED: 'PENDING_AUTH', DISCONNECTED: 'PENDING_AUTH' },
  verification_pending: {
    PENDING_AUTH: 'PENDING_VERIFICATION',
    EXPIRED: 'PENDING_VERIFICATION',
    DISCONNECTED: 'PENDING_VERIFICATION',
  },
  verification_failed: { PENDING_VERIFICATION: 'PENDING_AUTH' },
  activated: {
    PENDING_AUTH: 'ACTIVE',
    PENDING_VERIFICATION: 'ACTIVE',
    ACTIVE: 'ACTIVE',
    EXPIRED: 'ACTIVE',
    DISCONNECTED: 'ACTIVE',
  },
  expired: { ACTIVE: 'EXPIRED' },
  disconnected: {
    PENDING_AUTH: 'DISCONNECTED',
    PENDING_VERIFICATION: 'DISCONNECTED',
    ACTIVE: 'DISCONNECTED',
    EXPIRED: 'DISCONNECTED',
  },
};
