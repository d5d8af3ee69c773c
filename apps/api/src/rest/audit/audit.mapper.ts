import type { AuditEventView as AuditEvent } from '#app/audit';
import type { AuditEventView } from './audit.view.js';

/** One audit event as REST and exports show it. */
export const auditEventView = (event: AuditEvent): AuditEventView => ({
  id: event.id,
  occurred_at: event.occurredAt.toISOString(),
  kind: event.kind,
  type: event.type,
  source: event.source,
  request_id: event.requestId,
  execution_id: event.executionId,
  client_id: event.clientId,
  identifier: event.identifier,
  connected_account_id: event.accountId,
  connection_id: event.connectionId,
  principal_id: event.principalId,
  tool_name: event.tool,
  decision: event.decision,
  reason: event.reason,
  status: event.status,
  error_code: event.errorCode,
  duration_ms: event.durationMs,
  provider_status: event.upstreamStatus,
  detail: event.detail,
});
