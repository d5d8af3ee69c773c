import { AppError, type RequestContext } from '#app/kernel';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CallAdmission } from './call-admission.js';
import { CallJournal } from './call-journal.js';
import { CallPreparation } from './call-preparation.js';
import type { Execution, ReadyExecution } from './execution.js';
import type { StoredAnswer } from './idempotency.js';
import { ProviderCall } from './provider-call.js';
import type { ToolCall, ToolResult } from './tool-call.js';
import { WriteOnce } from './write-once.js';

/**
 * The one pipeline that every door calls: seven steps, in the order of docs/architecture.md.
 *
 * 1 resolve, 2 validate, 3 decide, 4 admit (durable intent, fenced on the account's version), 5 credential, 6 call, 7 outcome.
 * A call that is refused in steps 1 to 4 sends nothing to the provider and leaves one record that says why.
 */
@Injectable()
export class ExecuteTool implements OnApplicationShutdown {
  private running = 0;
  private allEnded: () => void = () => undefined;

  constructor(
    private readonly preparation: CallPreparation,
    private readonly admission: CallAdmission,
    private readonly provider: ProviderCall,
    private readonly journal: CallJournal,
    private readonly writeOnce: WriteOnce,
  ) {}

  /** Runs a call. Throws an `AppError` with `execution_id` among its details. */
  async run(ctx: RequestContext, call: ToolCall): Promise<ToolResult> {
    this.running += 1;
    try {
      return await this.steps(ctx, call);
    } finally {
      this.running -= 1;
      if (this.running === 0) this.allEnded();
    }
  }

  /** A call goes on when its caller has gone, and the server closes without it: what it came to must be recorded before we end. */
  async onApplicationShutdown(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => (this.allEnded = resolve));
  }

  private async steps(ctx: RequestContext, call: ToolCall): Promise<ToolResult> {
    const execution = this.journal.begin(ctx, call);
    const earlier = await this.decide(execution);
    return earlier === null ? this.perform(execution.ready) : this.writeOnce.handOver(execution.ready, earlier);
  }

  /** Steps 1 to 4. Returns what an earlier call came to when this one is its repeat, and not to be made. */
  private async decide(execution: Execution): Promise<StoredAnswer | null> {
    try {
      await this.preparation.prepare(execution);
      const earlier = await this.writeOnce.claim(execution.ready);
      await (earlier === null ? this.admission.admit(execution) : this.admission.admitReplay(execution, earlier));
      return earlier;
    } catch (error) {
      await this.writeOnce.release(execution);
      throw await this.journal.refused(execution, error);
    }
  }

  private async perform(execution: ReadyExecution): Promise<ToolResult> {
    const outcome = await this.provider.call(execution);
    const recorded = await this.journal.finished(execution, outcome);
    await this.writeOnce.settle(execution, recorded);
    if (recorded instanceof AppError) throw recorded;
    return { executionId: execution.id, data: recorded, replayed: false };
  }
}
