import type { AppConfig } from '#app/config';
import type { AuditEventRow } from './audit-event-view.js';
import type { ToolOutcome } from './records.js';

const GRACE_MS = 60_000;

/**
 * Time after which an intent without an outcome has surely lost its process: the longest a call may take, and a minute for the
 * outcome to be written by a database that was away for a moment.
 */
export const orphanMarginMs = (config: Pick<AppConfig, 'tools'>): number => config.tools.deadlineMs + GRACE_MS;

/** What is recorded of a call of which nobody can say any more what it came to. */
export const unknownOutcome = (intent: AuditEventRow): ToolOutcome => ({
  executionId: intent.execution_id as ToolOutcome['executionId'],
  requestId: intent.request_id as ToolOutcome['requestId'],
  tenantId: intent.tenant_id,
  source: 'job',
  clientId: intent.client_id,
  identifier: intent.identifier,
  accountId: intent.account_id,
  connectionId: intent.connection_id,
  principalId: intent.principal_id,
  tool: intent.tool ?? '',
  status: 'unknown',
  errorCode: 'unknown_outcome',
  reason: 'The process that made the call ended before it recorded the outcome',
  durationMs: null,
  upstreamStatus: null,
  upstreamRequests: 0,
  result: {},
});
