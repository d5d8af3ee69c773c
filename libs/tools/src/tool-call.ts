import type { CallingAgent } from '#app/audit';
import type { ExecutionId, JsonObject } from '#app/kernel';
import type { ProxiedExchange } from './proxy/proxied-exchange.js';

/** A tool call as an adapter hands it over: parsed and typed, nothing checked yet. */
export interface ToolCall {
  readonly toolName: string;
  /** The tenant's own name for the end user. With `connection`, or alone when the user has one account that fits the tool. */
  readonly identifier?: string | undefined;
  /** Name the account itself (`ca_…`); wins over `identifier`. */
  readonly connectedAccountId?: string | undefined;
  /** Name of a connection; or a connector's id when the tenant has one connection of it. */
  readonly connection?: string | undefined;
  readonly organizationId?: string | undefined;
  /** The tool's arguments as they arrived. */
  readonly params: unknown;
  /** Tools this call may use: tightens what the client may do, never widens it. */
  readonly toolset?: readonly string[] | undefined;
  readonly idempotencyKey?: string | undefined;
  /**
   * The caller's client makes a call anew by itself when its connection breaks: a write then gets the outcome of the first,
   * see `RepeatedCalls`. An idempotency key is the better way, where there is one.
   */
  readonly repeatedByClient?: boolean | undefined;
  /** A request of the caller's own in place of a tool's; see `ProxyCalls`. */
  readonly proxied?: ProxiedExchange | undefined;
  /** The agent's own name for its run; only recorded. */
  readonly agentRunId?: string | undefined;
  /** The program that calls for the user, where the door knows of one; only recorded. */
  readonly agent?: CallingAgent | undefined;
}

export interface ToolResult {
  readonly executionId: ExecutionId;
  /** The projected answer; always an object. */
  readonly data: JsonObject;
  /** Whether this is the stored answer of an earlier call with the same idempotency key. */
  readonly replayed: boolean;
}
