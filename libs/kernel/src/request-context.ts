import type { CancelSignal } from './cancel-signal.js';
import type { ClientId, RequestId, TenantId } from './ids.js';

/** What an API client may do. `resource:verb`. */
export const PERMISSIONS = [
  'tools:read',
  'tools:execute',
  'connections:read',
  'connections:write',
  'accounts:read',
  'accounts:write',
  // The access tokens of users, as text
  'accounts:read_credentials',
  // Requests of the client's own to a provider, as a user: those that read, and all others
  'proxy:read',
  'proxy:write',
  'audit:read',
  'clients:read',
  'clients:write',
  'webhooks:read',
  'webhooks:write',
  'tenant:read',
  'tenant:write',
  // Over the tenants of the whole installation. Only who has it can give it.
  'installation:operate',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/**
 * Permissions that no client has from the start: they have to be given on purpose. Who administers the tenant may give them
 * without having them.
 */
export const GIVEN_ON_PURPOSE: readonly Permission[] = ['accounts:read_credentials'];

/** The API client that makes a request, as its token was last verified. Facts may be stale; admission checks `version`. */
export interface Caller {
  readonly clientId: ClientId;
  readonly version: number;
  /** Names the client secret that the token was issued for: a token ends with its secret. */
  readonly secretStamp: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Tools this client may execute; null means every tool its permissions allow. */
  readonly allowedTools: ReadonlySet<string> | null;
}

/** Through which door a request came. */
export type Source = 'rest' | 'grpc' | 'mcp' | 'proxy' | 'job' | 'browser';

/** Who asks, for which tenant, through which door. The first parameter of every service method. */
export interface RequestContext {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly source: Source;
  /** Absent for jobs and for the browser of an end user. */
  readonly caller: Caller | null;
  /** Aborted when the caller has gone. */
  readonly signal?: CancelSignal;
}
