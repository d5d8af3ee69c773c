import { AuditTrail, type ReplayEvent, type ToolIntent } from '#app/audit';
import { redactArguments, summarizeResult } from '#app/connector-kit';
import { AppError, CLOCK, type Clock, type JsonObject, type RequestContext } from '#app/kernel';
import { Metrics } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import { fenceOf } from './call-fence.js';
import { DenialRecord, IntentRecord, OutcomeRecord } from './call-records.js';
import { Execution, type ReadyExecution } from './execution.js';
import type { StoredAnswer } from './idempotency.js';
import type { CallOutcome } from './provider-call.js';
import { outcomeNotRecorded } from './tool-errors.js';
import type { ToolCall } from './tool-call.js';

const DISPATCHED = { dispatched: true };

/** Step 7, and what of a call is recorded: identities in clear, arguments and results by the connector's redaction rule. */
@Injectable()
export class CallJournal {
  constructor(
    private readonly audit: AuditTrail,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  begin(ctx: RequestContext, call: ToolCall): Execution {
    return new Execution(ctx, call, this.clock.now());
  }

  /** The record that must be durable before anything is sent. */
  async intent(execution: ReadyExecution): Promise<ToolIntent> {
    return new IntentRecord(execution, await this.shownArguments(execution));
  }

  /** The record that must be durable before a call gets the answer of an earlier one. */
  replay(execution: ReadyExecution, earlier: StoredAnswer): ReplayEvent {
    const { ctx, call, account, tool } = execution;
    return {
      tenantId: ctx.tenantId,
      type: 'execution.replayed',
      source: ctx.source,
      requestId: ctx.requestId,
      clientId: ctx.caller?.clientId ?? null,
      identifier: account.identifier,
      accountId: account.id,
      connectionId: account.connectionId,
      principalId: account.principal?.id ?? null,
      detail: { execution_id: earlier.executionId, tool: tool.name, idempotency_key: call.idempotencyKey ?? null },
      fence: fenceOf(execution),
    };
  }

  /** Records a refusal and returns the error for the caller. A refusal that can't be recorded becomes `not_available`. */
  async refused(execution: Execution, cause: unknown): Promise<AppError> {
    const error = asAppError(cause);
    const durationMs = this.elapsed(execution);
    const rule = error.details['rule'];
    const reason = typeof rule === 'string' ? `${rule}: ${error.message}` : error.message;
    const shown = await this.shownArguments(execution);
    await this.audit.recordDenial(new DenialRecord(execution, shown, reason, error.code, durationMs));
    if (execution.tool !== null) this.metrics.toolCall(execution.tool.name, error.code, durationMs);
    // the error of an idempotency key names the execution that holds the key
    return error.details['execution_id'] === undefined ? error.with({ execution_id: execution.id }) : error;
  }

  /** Records what a call came to and returns it. When it can't be recorded, that is what the caller is told. */
  async finished(execution: ReadyExecution, outcome: CallOutcome): Promise<JsonObject | AppError> {
    const { error } = outcome;
    const durationMs = this.elapsed(execution);
    this.metrics.toolCall(execution.tool.name, error?.code ?? 'success', durationMs);
    try {
      const shown = outcome.data === null ? {} : await this.shownResult(execution, outcome.data);
      await this.audit.recordOutcome(new OutcomeRecord(execution, outcome, durationMs, shown));
    } catch (cause) {
      // a definite failure stays one: what the caller has to know is that nothing happened
      const told = error ?? outcomeNotRecorded(execution.tool.annotations.readOnly, cause);
      return told.with({ execution_id: execution.id }, DISPATCHED);
    }
    return error === null ? (outcome.data as JsonObject) : error.with({ execution_id: execution.id }, DISPATCHED);
  }

  private elapsed(execution: { startedAt: number }): number {
    return Math.max(0, this.clock.now() - execution.startedAt);
  }

  private async shownArguments({ ctx, call, tool, args }: Execution | ReadyExecution): Promise<JsonObject> {
    // without a tool there is no rule that says which arguments may be shown
    if (tool === null || args === null) return { fields: fieldNames(call.params) };
    return (await this.audit.payloadMode(ctx.tenantId)) === 'full' ? args : redactArguments(tool, args);
  }

  private async shownResult({ ctx, tool }: ReadyExecution, data: JsonObject): Promise<JsonObject> {
    return (await this.audit.payloadMode(ctx.tenantId)) === 'full' ? data : summarizeResult(tool, data);
  }
}

const MAX_FIELDS = 50;

function fieldNames(params: unknown): string[] {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return [];
  return Object.keys(params)
    .slice(0, MAX_FIELDS)
    .map((name) => name.slice(0, 100));
}

function asAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('internal', 'Something went wrong on our side. Nothing was sent to the provider.', { cause });
}
