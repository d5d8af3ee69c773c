import type { Clock } from '#app/kernel';
import { cleanText, MAX_COLUMN_TEXT } from './clean-text.js';
import { EventIds } from './event-ids.js';
import type { AuditEventType, AuditKind } from './event-types.js';
import { ABSENT, FIELDS, FIELD_SEPARATOR, RESERVED, type Field } from './record-lines.js';
import type {
  Fenced,
  LifecycleEvent,
  ToolDenial,
  ToolIdentity,
  ToolIntent,
  ToolOutcome,
  ToolRecord,
} from './records.js';
import { detailText } from './scrub-detail.js';

const MAX_INTEGER = 2_147_483_647;

/**
 * Writes records as the text that the append statement takes. It is made once and travels unchanged; everything in it can be
 * stored, whatever the caller sent.
 */
export class RecordText {
  private readonly ids: EventIds;
  /** Many records are of one millisecond. */
  private stamp = { at: Number.NaN, text: '' };

  constructor(clock: Clock) {
    this.ids = new EventIds(clock);
  }

  intent(intent: ToolIntent): string {
    const row = this.toolRow('intent', 'tool.requested', intent);
    row.decision = 'allow';
    const { accountVersion, clientVersion } = intent.fence;
    const versions = { account_version: accountVersion, client_version: clientVersion ?? undefined };
    row.detail = detailText({ ...callDetail(intent), ...versions });
    return lineOf(row);
  }

  /** What it rests on; the same text for all calls that rest on the same. */
  fence({ tenantId, clientId, accountId, fence }: Fenced): string {
    const ids = [tenantId, column(clientId) ?? ABSENT, column(accountId) ?? ABSENT];
    return [...ids, fence.accountVersion, fence.clientVersion ?? ABSENT].join(FIELD_SEPARATOR);
  }

  outcome(outcome: ToolOutcome): string {
    const row = this.toolRow('outcome', 'tool.executed', outcome);
    row.status = outcome.status;
    row.reason = column(outcome.reason);
    row.error_code = column(outcome.errorCode);
    row.duration_ms = integer(outcome.durationMs);
    row.upstream_status = integer(outcome.upstreamStatus);
    row.detail = detailText({ result: outcome.result, upstream_requests: outcome.upstreamRequests });
    return lineOf(row);
  }

  denial(denial: ToolDenial): string {
    const row = this.toolRow('denial', 'tool.refused', denial);
    row.decision = 'deny';
    row.status = 'denied';
    row.reason = column(denial.reason);
    row.error_code = column(denial.errorCode);
    row.duration_ms = integer(denial.durationMs);
    row.detail = detailText(callDetail(denial));
    return lineOf(row);
  }

  event(event: LifecycleEvent): string {
    const row = this.row('event', event.type, event);
    row.reason = column(event.reason);
    row.status = column(event.status);
    row.detail = detailText(event.detail ?? {});
    return lineOf(row);
  }

  private toolRow(kind: AuditKind, type: AuditEventType, call: ToolIdentity): Row {
    const row = this.row(kind, type, call);
    row.execution_id = column(call.executionId);
    row.tool = column(call.tool);
    return row;
  }

  private row(kind: AuditKind, type: AuditEventType, subject: ToolIdentity | LifecycleEvent): Row {
    const { id, at } = this.ids.next();
    if (at !== this.stamp.at) this.stamp = { at, text: new Date(at).toISOString() };
    const row = new Row(id, this.stamp.text, kind, type);
    row.tenant_id = subject.tenantId;
    row.source = subject.source;
    row.request_id = column(subject.requestId);
    row.client_id = column(subject.clientId);
    row.identifier = column(subject.identifier);
    row.account_id = column(subject.accountId);
    row.connection_id = column(subject.connectionId);
    row.principal_id = column(subject.principalId);
    return row;
  }
}

/**
 * The columns of `audit_events`. Every record has this one shape, set field by field: building it by spreading
 * took three times as long, twice per call.
 */
class Row implements Record<Field, string | number | undefined> {
  tenant_id: string | undefined = undefined;
  source: string | undefined = undefined;
  request_id: string | undefined = undefined;
  execution_id: string | undefined = undefined;
  client_id: string | undefined = undefined;
  identifier: string | undefined = undefined;
  account_id: string | undefined = undefined;
  connection_id: string | undefined = undefined;
  principal_id: string | undefined = undefined;
  tool: string | undefined = undefined;
  decision: 'allow' | 'deny' | undefined = undefined;
  reason: string | undefined = undefined;
  status: string | undefined = undefined;
  error_code: string | undefined = undefined;
  duration_ms: number | undefined = undefined;
  upstream_status: number | undefined = undefined;
  detail = '{}';

  constructor(
    readonly id: string,
    readonly occurred_at: string,
    readonly kind: AuditKind,
    readonly type: AuditEventType,
  ) {}
}

function lineOf(row: Row): string {
  let line = '';
  for (const name of FIELDS) line += `${FIELD_SEPARATOR}${row[name] ?? ABSENT}`;
  return line.slice(FIELD_SEPARATOR.length);
}

const callDetail = ({ arguments: args, agentRunId, agent, idempotencyKey, toolset }: ToolRecord) => ({
  arguments: args,
  agent_run_id: agentRunId ?? undefined,
  agent: agent ? { ...agent } : undefined,
  idempotency_key: idempotencyKey ?? undefined,
  toolset: toolset ?? undefined,
});

/** Most texts of columns. */
const PLAIN = /^[\x20-\x7e]*$/;

function column(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined;
  if (text.length <= MAX_COLUMN_TEXT && PLAIN.test(text)) return text;
  return cleanText(text, MAX_COLUMN_TEXT).replace(RESERVED, '\uFFFD');
}

/** A value outside of the column's range would fail the batch it is in. */
const integer = (value: number | null): number | undefined =>
  value === null || Number.isNaN(value) ? undefined : Math.round(Math.min(Math.max(value, 0), MAX_INTEGER));
