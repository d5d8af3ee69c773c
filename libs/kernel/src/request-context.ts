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
