import type { PageOptions } from '../http/pages.js';
import type { RevocationProgress } from './revocations.js';

/** State of a connected account. Only an `ACTIVE` one can be called. */
export type AccountStatus = 'ACTIVE' | 'EXPIRED' | 'PENDING_AUTH' | 'PENDING_VERIFICATION' | 'DISCONNECTED';

/** Who the provider says that a user is. */
export interface Principal {
  /** The provider's own id of the user. */
  readonly id: string;
  /** Name or e-mail address. */
  readonly label: string | null;
  /** Id of the workspace at the provider. */
  readonly workspace: string | null;
}

/** How the last refresh of a credential ended. */
export interface LastRefresh {
  /** What came of it; after `reconnect_needed` only the user can help. */
  readonly result: 'refreshed' | 'provider_unavailable' | 'app_refused' | 'no_answer' | 'reconnect_needed';
  /** The provider's error code, if it refused. */
  readonly code: string | null;
  /** When it ended. */
  readonly finishedAt: string;
  /** When the provider last issued a credential. */
  readonly refreshedAt: string | null;
  /** Failures in a row. */
  readonly failures: number;
  /** Until then the provider is left alone. */
  readonly retryAt: string | null;
}

/** One user's authorization on one connection. It never holds a token. */
export interface ConnectedAccount {
  /** Such as `ca_01J…`. */
  readonly id: string;
  /** Your own name for the end user. */
  readonly identifier: string;
  /** Organization of the end user, if the account was made with one. */
  readonly organizationId: string | null;
  /** Id of the connector in upper case, such as `INTERCOM`. */
  readonly provider: string;
  /** Name of the connection. */
  readonly connector: string;
  /** Id of the connection. */
  readonly connectionId: string;
  /** Whether it can be called, and if not, what it waits for. */
  readonly status: AccountStatus | (string & {});
  /** Why the status is what it is, where that is worth saying. */
  readonly statusReason: string | null;
  /** How the user authorizes, such as `OAUTH`. */
  readonly authorizationType: string;
  /** What the user granted. */
  readonly scopes: readonly string[];
  /** Who the provider says the user is; null before the first consent. */
  readonly principal: Principal | null;
  /** When the credential ends, if it does; it is refreshed before that. */
  readonly tokenExpiresAt: string | null;
  /** How the last refresh ended; null before the first. */
  readonly lastRefresh: LastRefresh | null;
  /** How far the provider has given up the tokens too; null for an account in use, or one that never held any. */
  readonly upstreamRevocation: RevocationProgress | null;
  /** Not recorded yet: always null. The audit trail tells when the account was used. */
  readonly lastUsedAt: string | null;
  /** When it was made. */
  readonly createdAt: string;
  /** When it last changed. */
  readonly updatedAt: string;
}

/** A page of {@link ConnectedAccountsApi.listConnectedAccounts}. */
export interface ConnectedAccountPage {
  /** The accounts of this page. */
  readonly connectedAccounts: readonly ConnectedAccount[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** Always empty: lists are read forwards. */
  readonly prevPageToken: string;
  /** Accounts that match, on all pages. */
  readonly totalSize: number;
}

/** Names one account: by its id, or by connection and user. */
export interface AccountSelector {
  /** Id of the account (`ca_…`); wins over the other members. */
  readonly id?: string | undefined;
  /** Name of the connection. */
  readonly connector?: string | undefined;
  /** Your own name for the end user. */
  readonly identifier?: string | undefined;
  /** Organization of the end user, if the account was made with one. */
  readonly organizationId?: string | undefined;
}

/** An account that is made by {@link ConnectedAccountsApi.createConnectedAccount}. */
export interface NewAccount {
  /** Name of the connection. */
  readonly connector: string;
  /** Your own name for the end user. */
  readonly identifier: string;
  /** Organization of the end user; tells accounts of one user apart. */
  readonly organizationId?: string | undefined;
}

/** Options of {@link ConnectedAccountsApi.listConnectedAccounts}; every one that is given must match. */
export interface ListConnectedAccountsOptions extends PageOptions {
  /** Your own name for the end user. */
  readonly identifier?: string | undefined;
  /** Organization of the end user. */
  readonly organizationId?: string | undefined;
  /** Id of the connector, in any case. */
  readonly provider?: string;
  /** Names of connections. */
  readonly connectionNames?: readonly string[];
  /** State of the account. */
  readonly status?: AccountStatus;
  /** Text that the identifier must contain. */
  readonly query?: string;
}

/** Options of {@link ConnectedAccountsApi.disconnectConnectedAccount}. */
export interface DisconnectOptions {
  /**
   * Where a provider can only end a whole workspace's authorization (Intercom): do so now, although other accounts of yours are
   * connected in it. Otherwise that is done for the last one.
   */
  readonly uninstall?: boolean;
}

/** What a connect link does after consent. */
export interface MagicLinkRequest extends AccountSelector {
  /** Handed back to `userVerifyUrl`. */
  readonly state?: string | undefined;
  /** Where the browser goes after consent, so that your server can confirm who the user is. */
  readonly userVerifyUrl?: string | undefined;
}

/** A link for the end user's browser. It works once. */
export interface MagicLink {
  /** Open it in the end user's browser. */
  readonly link: string;
  /** When it stops working. */
  readonly expiry: string;
}

/** Your server's word for who consented. */
export interface VerifyUserRequest {
  /** From the query of `userVerifyUrl`. */
  readonly authRequestId: string;
  /** The user of your own session, never from the URL. */
  readonly identifier: string;
  /** The organization of the user in your own session, if the account was made with one. */
  readonly organizationId?: string | undefined;
}

/** Where a verified user goes on. */
export interface VerifiedUser {
  /** Send the browser there. */
  readonly postUserVerifyRedirectUrl: string;
}
