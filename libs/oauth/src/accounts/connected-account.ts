import type { EndpointOverrides } from '#app/config';
import type { Principal } from '#app/connector-kit';
import type { AccountId, ConnectionId, JsonObject, TenantId } from '#app/kernel';
import type { RefreshResult } from '../entities/credential-refresh.entity.js';
import type { UpstreamRevocation } from '../revocation/upstream-revocation.js';
import type { AccountStatus } from './account-state.js';

/** One end user's authorization on one connection. */
export interface ConnectedAccount {
  readonly id: AccountId;
  readonly tenantId: TenantId;
  readonly connectionId: ConnectionId;
  readonly connectionName: string;
  readonly connector: string;
  /** The tenant's own name for the end user. */
  readonly identifier: string;
  readonly organizationId: string | null;
  readonly status: AccountStatus;
  /** Why the status is what it is, where that is worth saying: `auth_revoked`. */
  readonly statusReason: string | null;
  readonly version: number;
  /** Who the provider says the user is; null before the first consent. */
  readonly principal: Principal | null;
  readonly grantedScopes: readonly string[];
  readonly tokenExpiresAt: Date | null;
  /** How the last refresh of its credential ended; null before the first. */
  readonly lastRefresh: LastRefresh | null;
  /** How far the provider has given up the tokens too; null for an account in use, or one that never held any. */
  readonly upstreamRevocation: UpstreamRevocation | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What of a refresh is for everybody to see. */
export interface LastRefresh {
  readonly result: RefreshResult;
  /** What the provider called it, if it was refused. */
  readonly code: string | null;
  readonly finishedAt: Date;
  /** When a credential was last issued. */
  readonly refreshedAt: Date | null;
  /** Failures in a row, and until when the provider is left alone because of them. */
  readonly failures: number;
  readonly retryAt: Date | null;
}

/** What the pipeline needs of an account. May come from a cache: admission checks `version` in the database. */
export interface AccountForCall {
  readonly id: AccountId;
  readonly tenantId: TenantId;
  readonly connectionId: ConnectionId;
  readonly connectionName: string;
  readonly connectionStatus: 'enabled' | 'disabled';
  readonly connector: string;
  readonly identifier: string;
  readonly status: AccountStatus;
  readonly statusReason: string | null;
  readonly version: number;
  readonly principal: Principal | null;
  /** Whether its user is to be connected with user verification only, so that no link may be made unasked. */
  readonly verificationAsked: boolean;
  /** Null where the provider has no scopes to report, so that nothing can be concluded. */
  readonly grantedScopes: readonly string[] | null;
  /** Parameters of the connection and of the account; the latter win. */
  readonly params: JsonObject;
  readonly endpoints: EndpointOverrides;
}

/** Names one account: by its id, or by identifier and connection. */
export interface AccountSelector {
  /** `ca_…` */
  readonly connectedAccountId?: string | undefined;
  /** The tenant's own name for the end user. */
  readonly identifier?: string | undefined;
  /** Name of a connection; or a connector's id when the tenant has one connection of it. */
  readonly connection?: string | undefined;
  readonly organizationId?: string | undefined;
}
