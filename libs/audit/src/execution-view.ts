import type { Json, JsonObject } from '#app/kernel';
import type { AuditEventView } from './audit-event-view.js';

/** One tool call, put together from its records. */
export interface ExecutionView {
  readonly executionId: string;
  /** `unknown`: its process ended before it could say; a write may or may not have happened. */
  readonly status: 'running' | 'success' | 'failure' | 'denied' | 'unknown';
  readonly tool: string | null;
  readonly source: string;
  readonly requestId: string;
  readonly clientId: string | null;
  readonly identifier: string | null;
  readonly accountId: string | null;
  readonly connectionId: string | null;
  readonly principalId: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly durationMs: number | null;
  readonly decision: 'allow' | 'deny' | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
  readonly upstreamStatus: number | null;
  readonly upstreamRequests: number;
  readonly arguments: JsonObject;
  readonly result: JsonObject | null;
}

/**
 * Joins the records of one execution (oldest first, at least one). `lostBefore`: an intent older than this (milliseconds since
 * the epoch) without an outcome is `unknown`, whether or not the maintainer has come by yet.
 */
export function toExecutionView(events: readonly AuditEventView[], lostBefore: number): ExecutionView {
  const begin = events.find((event) => event.kind === 'intent') ?? events[0];
  if (begin === undefined) throw new Error('An execution has at least one record');
  const end = lastWord(events);
  return {
    executionId: begin.executionId ?? '',
    status: statusOf(begin, end, lostBefore),
    tool: begin.tool,
    source: begin.source,
    requestId: begin.requestId,
    clientId: begin.clientId,
    identifier: begin.identifier,
    accountId: begin.accountId,
    connectionId: begin.connectionId,
    principalId: begin.principalId,
    startedAt: begin.occurredAt,
    finishedAt: end?.occurredAt ?? null,
    durationMs: end?.durationMs ?? null,
    decision: end?.decision ?? begin.decision,
    reason: end?.reason ?? null,
    errorCode: end?.errorCode ?? null,
    upstreamStatus: end?.upstreamStatus ?? null,
    upstreamRequests: typeof end?.detail['upstream_requests'] === 'number' ? end.detail['upstream_requests'] : 0,
    arguments: asObject(begin.detail['arguments']) ?? {},
    result: asObject(end?.detail['result']),
  };
}

/** The outcome or denial. A call that was closed as unknown may have reported after all: then that counts. */
function lastWord(events: readonly AuditEventView[]): AuditEventView | undefined {
  const ends = events.filter((event) => event.kind === 'outcome' || event.kind === 'denial');
  return ends.find((event) => event.status !== 'unknown') ?? ends[0];
}

function statusOf(begin: AuditEventView, end: AuditEventView | undefined, lostBefore: number): ExecutionView['status'] {
  if (end !== undefined) return end.status as ExecutionView['status'];
  return begin.occurredAt.getTime() < lostBefore ? 'unknown' : 'running';
}

const asObject = (value: Json | undefined): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
