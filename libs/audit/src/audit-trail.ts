import { CLOCK, type Clock, type TenantId } from '#app/kernel';
import { SystemDatabase } from '#app/database';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HOLDS, INSERT_EVENTS, JUDGE } from './append-statement.js';
import { AuditWriter } from './audit-writer.js';
import { type PayloadMode, PayloadModes } from './payload-modes.js';
import { RecordText } from './record-text.js';
import type {
  Admission,
  Fenced,
  LifecycleEvent,
  RefusalReason,
  ReplayEvent,
  ToolDenial,
  ToolIntent,
  ToolOutcome,
} from './records.js';

const ADMITTED: Admission = { admitted: true };

/**
 * The way into the audit trail. Whatever resolves here is durable; whatever is not durable rejects with `not_available`, and the
 * caller must not go on: no record, no call.
 *
 * Every record is scrubbed on its way (secrets by key, unstorable characters, size), behind the redaction rules of the manifests.
 */
@Injectable()
export class AuditTrail {
  private readonly text: RecordText;
  private readonly payloadModes: PayloadModes;

  constructor(
    private readonly writer: AuditWriter,
    private readonly database: SystemDatabase,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.text = new RecordText(clock);
    this.payloadModes = new PayloadModes(database, clock);
  }

  /**
   * Checks, in the database and in the statement that writes the intent, that the call may still be made. Once it resolves to
   * `admitted`, the intent is durable and the call may leave. Refused: nothing was written, record the denial.
   */
  async admit(intent: ToolIntent): Promise<Admission> {
    return this.admitted(this.text.intent(intent), intent);
  }

  /** The same for an answer that is given out once more: nothing leaves, but it tells what the account did. */
  async admitReplay(replay: ReplayEvent): Promise<Admission> {
    return this.admitted(this.text.event(replay), replay);
  }

  /**
   * Why a call that was admitted would be refused by now, or null: for what it sends later than at once. Writes nothing, since the
   * intent is there. Rejects when the database can't be asked, and then nothing more may be sent.
   */
  async refusalOf(on: Fenced): Promise<RefusalReason | null> {
    const [answer] = await this.database.query<{ verdict: RefusalReason | typeof HOLDS }>(JUDGE, [this.text.fence(on)]);
    if (answer === undefined) throw new Error('The database gave no verdict on a fence');
    return answer.verdict === HOLDS ? null : answer.verdict;
  }

  /** Records what an admitted call came to. If this rejects, the caller must be told that the call may have happened. */
  async recordOutcome(outcome: ToolOutcome): Promise<void> {
    await this.writer.append(this.text.outcome(outcome), outcome.tenantId);
  }

  /** Records a call that was refused before it left. */
  async recordDenial(denial: ToolDenial): Promise<void> {
    await this.writer.admit(this.text.denial(denial), denial.tenantId);
  }

  /**
   * Records what happened outside of a tool call. With `em`, the record is part of that tenant transaction: it exists if and
   * only if what it tells of was committed.
   */
  async record(event: LifecycleEvent, em?: EntityManager): Promise<void> {
    const text = this.text.event(event);
    if (em === undefined) await this.writer.append(text, event.tenantId);
    else await em.query(INSERT_EVENTS, [text]);
  }

  /**
   * Whether this tenant wants arguments and results in full, or as the manifests redact them. May lag by some seconds behind a
   * change that was made on another node.
   */
  payloadMode(tenantId: TenantId): Promise<PayloadMode> {
    return this.payloadModes.get(tenantId);
  }

  /** A change of this tenant was committed on this node: its payload mode is read again for the next call. */
  tenantChanged(tenantId: TenantId): void {
    this.payloadModes.forget(tenantId);
  }

  /** Resolves when everything handed in so far is durable or refused. For shutdown, before the pools close. */
  drain(): Promise<void> {
    return this.writer.drain();
  }

  private async admitted(record: string, on: Fenced): Promise<Admission> {
    const reason = await this.writer.admit(record, on.tenantId, this.text.fence(on));
    return reason === null ? ADMITTED : { admitted: false, reason };
  }
}
