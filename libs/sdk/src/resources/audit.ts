import { camelCased } from '../http/camel-case.js';
import { ndjson } from '../http/ndjson.js';
import { paged, type Paged } from '../http/pages.js';
import type { Query } from '../http/query.js';
import type { CallOptions, Transport } from '../http/transport.js';

/** One record of the audit trail. */
export interface AuditEvent {
  readonly id: string;
  readonly occurredAt: string;
  readonly kind: 'intent' | 'outcome' | 'denial' | 'event';
  /** Such as `tool.executed`. */
  readonly type: string;
  /** The door: rest, grpc, mcp, proxy, job or browser. */
  readonly source: string;
  readonly requestId: string;
  readonly executionId: string | null;
  readonly clientId: string | null;
  readonly identifier: string | null;
  readonly connectedAccountId: string | null;
  readonly connectionId: string | null;
  readonly principalId: string | null;
  readonly toolName: string | null;
  readonly decision: string | null;
  readonly reason: string | null;
  readonly status: string | null;
  readonly errorCode: string | null;
  readonly durationMs: number | null;
  readonly providerStatus: number | null;
  /** What belongs to the type of event, in the spelling of the wire. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What a reading of the trail is narrowed to; every member that is given must match. */
export interface AuditFilter {
  /** First moment. */
  readonly startTime?: Date | string;
  /** First moment that is no longer included. */
  readonly endTime?: Date | string;
  readonly types?: readonly string[];
  readonly kind?: AuditEvent['kind'];
  readonly toolName?: string;
  readonly identifier?: string;
  readonly connectedAccountId?: string;
  readonly connectionId?: string;
  readonly clientId?: string;
  readonly status?: string;
  readonly decision?: string;
  readonly executionId?: string;
  readonly requestId?: string;
  readonly source?: string;
}

/** A page of {@link AuditApi.listEvents}. */
export interface AuditEventPage {
  readonly events: readonly AuditEvent[];
  readonly nextPageToken: string;
}

/** Options of {@link AuditApi.listEvents}. */
export interface ListEventsOptions extends CallOptions {
  readonly filter?: AuditFilter;
  /** 1 to 500; 50 if left out. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** The audit trail. Reading it is itself recorded. */
export class AuditApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The trail, newest first. */
  listEvents(options: ListEventsOptions = {}): Paged<AuditEventPage, AuditEvent> {
    const { filter = {}, pageSize, pageToken, signal, timeoutMs } = options;
    const load = async (token: string | undefined): Promise<AuditEventPage> => {
      const query = { ...wireFilter(filter), page_size: pageSize, page_token: token };
      const answer = await this.#transport.json({ method: 'GET', path: BASE, query, signal, timeoutMs });
      return camelCased(answer) as AuditEventPage;
    };
    return paged(load, ({ events }) => events, pageToken);
  }

  /**
   * The trail, oldest first, as it streams in; `timeoutMs` is the longest silence. Leaving the loop early ends the request. A
   * stream that breaks off throws, so a loop that ends has seen everything.
   */
  async *exportEvents(
    filter: AuditFilter = {},
    options: CallOptions = {},
  ): AsyncGenerator<AuditEvent, void, undefined> {
    const request = { ...options, method: 'GET', path: `${BASE}:export`, query: wireFilter(filter) } as const;
    for await (const event of ndjson(this.#transport.stream(request))) yield camelCased(event) as AuditEvent;
  }
}

const BASE = '/api/v1/audit/events';

const wireFilter = (filter: AuditFilter): Query => ({
  start_time: filter.startTime,
  end_time: filter.endTime,
  type: filter.types,
  kind: filter.kind,
  tool: filter.toolName,
  identifier: filter.identifier,
  connected_account_id: filter.connectedAccountId,
  connection_id: filter.connectionId,
  client_id: filter.clientId,
  status: filter.status,
  decision: filter.decision,
  execution_id: filter.executionId,
  request_id: filter.requestId,
  source: filter.source,
});
