import { camelCased } from '../http/camel-case.js';
import { ndjson } from '../http/ndjson.js';
import { listed, type PageOptions, type Paged } from '../http/pages.js';
import type { Query } from '../http/query.js';
import type { CallOptions, Transport } from '../http/transport.js';

/** One record of the audit trail. */
export interface AuditEvent {
  /** Such as `evt_01J…`; sorts by time. */
  readonly id: string;
  /** When it happened. */
  readonly occurredAt: string;
  /** `intent`: a call is about to be made; `outcome`: what came of it; `denial`: it was refused; `event`: anything else. */
  readonly kind: 'intent' | 'outcome' | 'denial' | 'event';
  /** Such as `tool.executed`. */
  readonly type: string;
  /** The door: rest, grpc, mcp, proxy, job or browser. */
  readonly source: string;
  /** The request that it belongs to. */
  readonly requestId: string;
  /** The tool call that it belongs to. */
  readonly executionId: string | null;
  /** The API client that asked. */
  readonly clientId: string | null;
  /** Your own name for the end user. */
  readonly identifier: string | null;
  /** The account that was used, or that it is about. */
  readonly connectedAccountId: string | null;
  /** Id of the account's connection. */
  readonly connectionId: string | null;
  /** Who the provider says the user is. */
  readonly principalId: string | null;
  /** The tool that was called. */
  readonly toolName: string | null;
  /** What the policy said: allow or deny. */
  readonly decision: string | null;
  /** Why. */
  readonly reason: string | null;
  /** What came of it, such as `success`. */
  readonly status: string | null;
  /** The code of the error, as in {@link GatehouseErrorCode}. */
  readonly errorCode: string | null;
  /** How long it took. */
  readonly durationMs: number | null;
  /** HTTP status of the provider. */
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
  /** Types of events, such as `tool.executed`; any of them. */
  readonly types?: readonly string[];
  /** Which half of a call, or what else. */
  readonly kind?: AuditEvent['kind'];
  /** The tool that was called. */
  readonly toolName?: string;
  /** Your own name for the end user. */
  readonly identifier?: string;
  /** The account that was used. */
  readonly connectedAccountId?: string;
  /** Id of the connection. */
  readonly connectionId?: string;
  /** The API client that asked. */
  readonly clientId?: string;
  /** What came of it, such as `failure`. */
  readonly status?: string;
  /** What the policy said. */
  readonly decision?: string;
  /** One tool call. */
  readonly executionId?: string;
  /** One request. */
  readonly requestId?: string;
  /** The door: rest, grpc, mcp, proxy, job or browser. */
  readonly source?: string;
}

/** A page of {@link AuditApi.listEvents}. */
export interface AuditEventPage {
  /** The events of this page. */
  readonly events: readonly AuditEvent[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** Options of {@link AuditApi.listEvents}. */
export interface ListEventsOptions extends PageOptions {
  /** What it is narrowed to; the whole trail if left out. */
  readonly filter?: AuditFilter;
}

/** The audit trail. Reading it is itself recorded. */
export class AuditApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The trail, newest first. A page has 1 to 500 events; 50 if `pageSize` is left out. */
  listEvents(options: ListEventsOptions = {}): Paged<AuditEventPage, AuditEvent> {
    return listed(
      this.#transport,
      BASE,
      wireFilter(options.filter ?? {}),
      options,
      ({ events }: AuditEventPage) => events,
    );
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
