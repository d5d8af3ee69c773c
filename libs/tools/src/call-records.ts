import type { CallingAgent, ToolDenial, ToolIntent, ToolOutcome, ToolRecord } from '#app/audit';
import type { JsonObject } from '#app/kernel';
import { fenceOf } from './call-fence.js';
import type { Execution, ReadyExecution } from './execution.js';
import type { CallOutcome } from './provider-call.js';

/**
 * Who called what as whom. Classes, so that each kind of record has one shape from its making: copying these fields into every
 * record took as long as writing it.
 */
class CallRecord implements Omit<ToolRecord, 'arguments'> {
  readonly executionId: ToolRecord['executionId'];
  readonly requestId: ToolRecord['requestId'];
  readonly tenantId: ToolRecord['tenantId'];
  readonly source: ToolRecord['source'];
  readonly clientId: string | null;
  readonly identifier: string | null;
  readonly accountId: string | null;
  readonly connectionId: string | null;
  readonly principalId: string | null;
  readonly tool: string;
  readonly agentRunId: string | null;
  readonly agent: CallingAgent | null;
  readonly idempotencyKey: string | null;
  readonly toolset: readonly string[] | null;

  constructor({ id, ctx, call, account, tool }: Execution | ReadyExecution) {
    this.executionId = id;
    this.requestId = ctx.requestId;
    this.tenantId = ctx.tenantId;
    this.source = ctx.source;
    this.clientId = ctx.caller?.clientId ?? null;
    this.identifier = account?.identifier ?? call.identifier ?? null;
    this.accountId = account?.id ?? null;
    this.connectionId = account?.connectionId ?? null;
    this.principalId = account?.principal?.id ?? null;
    this.tool = tool?.name ?? call.toolName.slice(0, 100);
    this.agentRunId = call.agentRunId ?? null;
    this.agent = call.agent ?? null;
    this.idempotencyKey = call.idempotencyKey ?? null;
    this.toolset = call.toolset ?? null;
  }
}

export class IntentRecord extends CallRecord implements ToolIntent {
  readonly arguments: JsonObject;
  readonly fence: ToolIntent['fence'];

  constructor(execution: ReadyExecution, shown: JsonObject) {
    super(execution);
    this.arguments = shown;
    this.fence = fenceOf(execution);
  }
}

export class OutcomeRecord extends CallRecord implements ToolOutcome {
  readonly status: ToolOutcome['status'];
  readonly errorCode: string | null;
  readonly upstreamStatus: number | null;
  readonly upstreamRequests: number;

  constructor(
    execution: ReadyExecution,
    { error, upstreamStatus, upstreamRequests }: CallOutcome,
    readonly durationMs: number,
    readonly result: JsonObject,
  ) {
    super(execution);
    this.status = error === null ? 'success' : error.code === 'unknown_outcome' ? 'unknown' : 'failure';
    this.errorCode = error?.code ?? null;
    this.upstreamStatus = upstreamStatus;
    this.upstreamRequests = upstreamRequests;
  }
}

export class DenialRecord extends CallRecord implements ToolDenial {
  readonly arguments: JsonObject;

  constructor(
    execution: Execution,
    shown: JsonObject,
    readonly reason: string,
    readonly errorCode: string,
    readonly durationMs: number,
  ) {
    super(execution);
    this.arguments = shown;
  }
}
