import { AppError, type TenantId } from '#app/kernel';
import { Batcher, type SystemDatabase } from '#app/database';
import { AppendBatch, type Pending } from './append-batch.js';
import { APPEND } from './append-statement.js';
import type { RefusalReason } from './records.js';

export interface WriterLimits {
  /** Statements in flight at once: a call need not wait for the batch before its own. */
  readonly lanes: number;
  /** Records in one statement. */
  readonly maxBatch: number;
  /** Records that may wait. */
  readonly maxQueue: number;
  /** Whether records of one turn of the event loop share a statement even when a lane is idle. */
  readonly gathers?: boolean;
}

const LIMITS: WriterLimits = { lanes: 2, maxBatch: 256, maxQueue: 4_096, gathers: true };

/**
 * The one writer of a process. Intents, outcomes, denials and events of all callers share group-committed statements: what
 * arrives while a commit is in flight goes out with the next one, from every tenant in turn.
 *
 * It refuses when it can't keep up or the database fails, and never skips a record.
 */
export class AuditWriter {
  private readonly batcher: Batcher<Pending, RefusalReason | null>;

  constructor(
    private readonly database: Pick<SystemDatabase, 'query'>,
    private readonly limits: WriterLimits = LIMITS,
  ) {
    this.batcher = new Batcher({ ...limits, flush: (pending) => this.flush(pending) });
  }

  /**
   * Appends the record of a call that has not left yet. Resolves, once it is durable, to null, or to the reason why its fence, if it
   * has one, refused it (nothing was written then).
   *
   * These may fill half of the queue only, and one tenant's as much as is left of that half: the other half is for the outcomes
   * of calls that did leave.
   */
  admit(record: string, tenantId: TenantId, fence: string | null = null): Promise<RefusalReason | null> {
    if (!this.batcher.hasRoom(tenantId, this.limits.maxQueue / 2)) return Promise.reject(tooManyWaiting());
    return this.batcher.add({ record, fence }, tenantId);
  }

  /** Appends a record; resolves when it is durable. */
  append(record: string, tenantId: TenantId): Promise<unknown> {
    return this.batcher.add({ record, fence: null }, tenantId);
  }

  /** Resolves when all that was added so far is durable or refused. */
  drain(): Promise<void> {
    return this.batcher.drain();
  }

  private async flush(pending: readonly Pending[]): Promise<readonly (RefusalReason | null)[]> {
    const batch = new AppendBatch(pending);
    try {
      return batch.answers(await this.database.query(APPEND, batch.parameters()));
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw unavailable('The audit trail cannot be written, and without it no call is made. Try again.', error);
    }
  }
}

const tooManyWaiting = (): AppError =>
  unavailable('More calls are waiting for the audit trail than it can take. Nothing was sent; try again.');

const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('not_available', message, cause === undefined ? {} : { cause });
