import type { AuditFilters } from '#app/audit';
import { invalidRequest } from '../validation.js';
import type { AuditFilterQuery } from './audit.dto.js';

/** The filters of a query. Throws `invalid_arguments` for a span of time that nothing can lie in. */
export function filtersOf(query: AuditFilterQuery): AuditFilters {
  const startTime = timeOf(query.start_time);
  const endTime = timeOf(query.end_time);
  if (startTime && endTime && startTime >= endTime)
    throw invalidRequest([{ field: 'start_time', message: 'must be before end_time' }]);
  return {
    startTime,
    endTime,
    types: query.type,
    kind: query.kind,
    tool: query.tool,
    identifier: query.identifier,
    accountId: query.connected_account_id,
    connectionId: query.connection_id,
    clientId: query.client_id,
    status: query.status,
    decision: query.decision,
    executionId: query.execution_id,
    requestId: query.request_id,
    source: query.source,
  };
}

const timeOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));
