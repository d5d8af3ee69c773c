import { AppError, type JsonObject } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { Execution, ReadyExecution } from './execution.js';
import { Idempotency, type StoredAnswer } from './idempotency.js';
import type { ToolResult } from './tool-call.js';

/**
 * Applies an idempotency key to a call. Reads need none and ignore it: they may be repeated, and their answers are not kept.
 */
@Injectable()
export class WriteOnce {
  constructor(
    private readonly idempotency: Idempotency,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The answer of an earlier call with the same key, or null when this one is to be made. */
  claim({ ctx, call, tool, id }: ReadyExecution): Promise<ToolResult | null> {
    if (call.idempotencyKey === undefined || tool.annotations.readOnly) return NOTHING_EARLIER;
    const claimed = this.idempotency.claim(ctx, call.idempotencyKey, call, id);
    return claimed.then((answer) => (answer === null ? null : replay(answer)));
  }

  /** The call was refused before anything was sent. A key that another execution holds is left alone. */
  async release({ ctx, call, tool, id }: Execution): Promise<void> {
    if (call.idempotencyKey === undefined || tool === null || tool.annotations.readOnly) return;
    await this.quietly(id, () => this.idempotency.release(ctx, call.idempotencyKey as string, id));
  }

  /** A definite failure gives the key back; a success, or a write that may have happened, is kept. */
  async settle({ ctx, call, tool, id }: ReadyExecution, outcome: JsonObject | AppError): Promise<void> {
    const key = call.idempotencyKey;
    if (key === undefined || tool.annotations.readOnly) return;
    await this.quietly(id, () => {
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
  throw new AppError(code, message, { details: { ...details, execution_id: answer.executionId } });
}
