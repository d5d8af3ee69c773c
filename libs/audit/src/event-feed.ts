import { AppError, type EventId, type JsonObject, type RequestContext, type TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { AuditEventView } from './audit-event-view.js';
import { AuditReading } from './audit-reading.js';
import { AUDIT_EVENTS, type AuditEventType } from './event-types.js';

/** What happened, in the envelope that webhooks have too. */
export interface FeedEvent {
  readonly specVersion: '1';
  readonly id: EventId;
  readonly type: AuditEventType;
  /** The noun of the type. */
  readonly object: 'connected_account' | 'connection' | 'tool';
  /** What the type means. */
  readonly displayName: string;
  readonly occurredAt: Date;
  readonly environmentId: TenantId;
  /** Ids and states; what more there is to know is in the audit trail. */
  readonly data: JsonObject;
}

export interface FeedRequest {
  /** Any of these; none is the same as all. */
  readonly eventTypes?: readonly string[] | undefined;
  readonly startTime?: Date | undefined;
  readonly endTime?: Date | undefined;
  /** The door: rest, grpc, mcp, proxy, job or browser. */
  readonly source?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly connectedAccountId?: string | undefined;
  /** 10 when absent; a larger one than 100 is taken for 100. */
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}

const PAGE_SIZE = { usual: 10, most: 100 };

const isFed = (type: string): boolean =>
  /^(connected_account|connection)\./.test(type) || type === 'tool.executed' || type === 'tool.refused';

/** The types of events in the feed: what happens to accounts and connections, and what became of tool calls. */
export const FEED_EVENTS = (Object.keys(AUDIT_EVENTS) as AuditEventType[]).filter(isFed);

/** The audit trail as a feed of events, newest first. Reading it is recorded like any other reading of the trail. */
@Injectable()
export class EventFeed {
  constructor(private readonly trail: AuditReading) {}

  /** Throws `invalid_arguments` for a type that is not in the feed, a bad page or a span of time in which nothing can lie. */
  async list(
    ctx: RequestContext,
    request: FeedRequest,
  ): Promise<{ readonly events: readonly FeedEvent[]; readonly nextPageToken: string }> {
    const { startTime, endTime, source, connectionId, connectedAccountId: accountId, pageToken } = request;
    if (startTime && endTime && startTime >= endTime) throw invalid('filter.start_time', 'must be before end_time');
    const filters = { types: typesOf(request), startTime, endTime, source, connectionId, accountId };
    const pageSize = Math.min(request.pageSize ?? PAGE_SIZE.usual, PAGE_SIZE.most);
    const page = await this.trail.list(ctx, filters, { pageSize, pageToken });
    return { events: page.events.map(feedEvent), nextPageToken: page.nextPageToken };
  }
}

function typesOf({ eventTypes = [] }: FeedRequest): readonly string[] {
  const unknown = eventTypes.find((type) => !isFed(type) || !Object.hasOwn(AUDIT_EVENTS, type));
  if (unknown !== undefined) throw invalid('filter.event_types', `each must be one of ${FEED_EVENTS.join(', ')}`);
  return eventTypes.length === 0 ? FEED_EVENTS : eventTypes;
}

const feedEvent = (event: AuditEventView): FeedEvent => ({
  specVersion: '1',
  id: event.id,
  type: event.type,
  object: event.type.slice(0, event.type.indexOf('.')) as FeedEvent['object'],
  displayName: AUDIT_EVENTS[event.type],
  occurredAt: event.occurredAt,
  environmentId: event.tenantId,
  data: {
    connected_account_id: event.accountId,
    connection_id: event.connectionId,
    identifier: event.identifier,
    status: event.status,
    reason: event.reason,
    source: event.source,
    ...(event.executionId === null
      ? {}
      : { execution_id: event.executionId, tool_name: event.tool, error_code: event.errorCode }),
  },
});

const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_arguments', `${field}: ${message}`, { errors: [{ field, message }] });
