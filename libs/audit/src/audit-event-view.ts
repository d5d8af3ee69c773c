import type { EventId, JsonObject, TenantId } from '#app/kernel';
import type { AuditEventType, AuditKind } from './event-types.js';

/** One record of the trail, as its tenant may see it. */
export interface AuditEventView {
  readonly id: EventId;
  readonly tenantId: TenantId;
  readonly occurredAt: Date;
  readonly kind: AuditKind;
  readonly type: AuditEventType;
  readonly source: string;
  readonly requestId: string;
  readonly executionId: string | null;
  readonly clientId: string | null;
  readonly identifier: string | null;
  readonly accountId: string | null;
  readonly connectionId: string | null;
  readonly principalId: string | null;
  readonly tool: string | null;
  readonly decision: 'allow' | 'deny' | null;
  readonly reason: string | null;
  readonly status: string | null;
  readonly errorCode: string | null;
  readonly durationMs: number | null;
  readonly upstreamStatus: number | null;
  /** `arguments`, `result` and whatever else belongs to the type of event. */
  readonly detail: JsonObject;
}

/** A row of `audit_events`. */
export interface AuditEventRow {
  readonly id: EventId;
  readonly tenant_id: TenantId;
  readonly occurred_at: Date;
  readonly kind: AuditKind;
  readonly type: AuditEventType;
  readonly source: string;
  readonly request_id: string;
  readonly execution_id: string | null;
  readonly client_id: string | null;
  readonly identifier: string | null;
  readonly account_id: string | null;
  readonly connection_id: string | null;
  readonly principal_id: string | null;
  readonly tool: string | null;
  readonly decision: 'allow' | 'deny' | null;
  readonly reason: string | null;
  readonly status: string | null;
  readonly error_code: string | null;
  readonly duration_ms: number | null;
  readonly upstream_status: number | null;
  readonly detail: JsonObject;
}

export const toAuditEventView = (row: AuditEventRow): AuditEventView => ({
  id: row.id,
  tenantId: row.tenant_id,
  occurredAt: row.occurred_at,
  kind: row.kind,
  type: row.type,
  source: row.source,
  requestId: row.request_id,
  executionId: row.execution_id,
  clientId: row.client_id,
  identifier: row.identifier,
  accountId: row.account_id,
  connectionId: row.connection_id,
  principalId: row.principal_id,
  tool: row.tool,
  decision: row.decision,
  reason: row.reason,
  status: row.status,
  errorCode: row.error_code,
  durationMs: row.duration_ms,
  upstreamStatus: row.upstream_status,
  detail: row.detail,
});
