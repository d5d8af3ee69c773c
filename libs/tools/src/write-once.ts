import { AppError, type JsonObject } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Execution, ReadyExecution } from './execution.js';
import { Idempotency, type StoredAnswer } from './idempotency.js';
import { RepeatedCalls } from './repeated-calls.js';
import type { ToolResult } from './tool-call.js';

/**
 * Sees to it that a write which is asked for twice is made once: by its idempotency key, or else, where clients repeat calls by
 * themselves, by what it is. Reads need neither: they may be repeated, and their answers are not kept.
 */
@Injectable()
export class WriteOnce {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly repeats: RepeatedCalls,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** What an earlier call came to whose repeat this is, or null when this one is to be made. */
  claim(execution: ReadyExecution): Promise<StoredAnswer | null> {
    const { ctx, call, tool, id } = execution;
    if (tool.annotations.readOnly) return NOTHING_EARLIER;
    if (call.idempotencyKey !== undefined) return this.idempotency.claim(ctx, call.idempotencyKey, call, id);
    return call.repeatedByClient === true ? this.repeats.claim(execution) : NOTHING_EARLIER;
  }

  /** Answers a repeat that was admitted with what the earlier call came to, which may be an error. */
  async handOver(execution: ReadyExecution, earlier: StoredAnswer): Promise<ToolResult> {
    const { call, id } = execution;
    if (call.idempotencyKey === undefined) await this.quietly(id, () => this.repeats.handedOver(execution, earlier));
    return replay(earlier);
  }

  /** The call was refused before anything was sent. A key that another execution holds is left alone. */
  async release(execution: Execution): Promise<void> {
    const { ctx, call, tool, id } = execution;
    const { idempotencyKey: key } = call;
    if (tool === null || tool.annotations.readOnly) return;
    if (key !== undefined) await this.quietly(id, () => this.idempotency.release(ctx, key, id));
    else if (call.repeatedByClient === true) await this.quietly(id, () => this.repeats.release(execution));
  }

  /** A definite failure gives the key back; a success, or a write that may have happened, is kept. */
  async settle(execution: ReadyExecution, outcome: JsonObject | AppError): Promise<void> {
    const { ctx, call, tool, id } = execution;
    const key = call.idempotencyKey;
    if (tool.annotations.readOnly || (key === undefined && call.repeatedByClient !== true)) return;
    await this.quietly(id, () => {
      if (key === undefined) return this.repeats.settle(execution, outcome);
      if (!(outcome instanceof AppError)) return this.idempotency.settle(ctx, key, id, { data: outcome });
      if (outcome.code === 'unknown_outcome') return this.idempotency.settle(ctx, key, id, { error: outcome });
      return this.idempotency.release(ctx, key, id);
    });
  }

  /** The call is over and recorded: a key that can't be updated now must not turn its answer into an error. */
  private async quietly(executionId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn({ err: error, execution_id: executionId }, 'An idempotency key could not be updated');
    }
  }
}

const NOTHING_EARLIER = Promise.resolve(null);

function replay(answer: StoredAnswer): ToolResult {
  if ('data' in answer) return { executionId: answer.executionId, data: answer.data, replayed: true };
  const { code, message, details } = answer.error;
  throw new AppError(code, message, { details: { ...details, execution_id: answer.executionId }, dispatched: true });
}
