import type { EndpointOverrides } from '#app/config';
import type { Principal } from '#app/connector-kit';
import type { AccountId, ConnectionId, JsonObject, TenantId } from '#app/kernel';
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
  /** How far the provider has given up the tokens too; null for an account in use, or one that never held any. */
  readonly upstreamRevocation: UpstreamRevocation | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
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
