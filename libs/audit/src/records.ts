import type { ExecutionId, JsonObject, RequestId, Source, TenantId } from '#app/kernel';
import type { LifecycleEventType } from './event-types.js';

/** Who called which tool as whom: the same in an intent, its outcome, and a denial. Null is "not known (yet)". */
export interface ToolIdentity {
  readonly executionId: ExecutionId;
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly source: Source;
  readonly clientId: string | null;
  /** The tenant's own name for the end user. */
  readonly identifier: string | null;
  readonly accountId: string | null;
  readonly connectionId: string | null;
  /** Who the provider says the credential is. */
  readonly principalId: string | null;
  /** As the caller named it; in a denial it may not exist. */
  readonly tool: string;
}

/** The program that calls for a user. */
export interface CallingAgent {
  /** OAuth client id, which the user has allowed; null for whoever holds a token that the tenant made. */
  readonly application: string | null;
  /** How the program calls itself. Nobody vouches for it. */
  readonly name: string | null;
  readonly version: string | null;
}

export interface ToolRecord extends ToolIdentity {
  /** Redacted by the manifest's rule already, unless the tenant records full payloads (`AuditTrail.payloadMode`). */
  readonly arguments: JsonObject;
  readonly agentRunId?: string | null;
  readonly agent?: CallingAgent | null;
  readonly idempotencyKey?: string | null;
  readonly toolset?: readonly string[] | null;
}

/** What is admitted only if what it was decided on still holds in the database. */
export interface Fenced {
  readonly tenantId: TenantId;
  readonly clientId: string | null;
  readonly accountId: string | null;
  /** Versions on which the decision rests; `clientVersion` null leaves the API client out of the check. */
  readonly fence: { readonly accountVersion: number; readonly clientVersion: number | null };
}

/** A call that is about to leave. */
export type ToolIntent = ToolRecord & Fenced;

export type RefusalReason =
  | 'tenant_suspended'
  | 'tenant_shredded'
  | 'client_disabled'
  | 'client_changed'
  | 'account_missing'
  | 'account_inactive'
  | 'account_changed'
  | 'connection_disabled';

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly reason: RefusalReason };

export interface ToolOutcome extends ToolIdentity {
  readonly status: 'success' | 'failure' | 'unknown';
  readonly errorCode: string | null;
  readonly reason?: string | null;
  /** Null when nobody measured it (an outcome written for a process that died). */
  readonly durationMs: number | null;
  readonly upstreamStatus: number | null;
  readonly upstreamRequests: number;
  /** Summary (ids, counts), or the whole result when the tenant records full payloads. */
  readonly result: JsonObject;
}

export interface ToolDenial extends ToolRecord {
  readonly reason: string;
  readonly errorCode: string;
  readonly durationMs: number;
}

/** The answer of an earlier call is about to be given out. */
export type ReplayEvent = LifecycleEvent & Fenced;

/** Something that happened to a connection, an account, a client, or the trail itself. */
export interface LifecycleEvent {
  readonly tenantId: TenantId;
  readonly type: LifecycleEventType;
  readonly source: Source;
  readonly requestId: RequestId;
  readonly clientId?: string | null;
  readonly identifier?: string | null;
  readonly accountId?: string | null;
  readonly connectionId?: string | null;
  readonly principalId?: string | null;
  readonly reason?: string | null;
  readonly status?: string | null;
  readonly detail?: JsonObject;
}
