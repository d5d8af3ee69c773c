/** What the callers know: every call and every revoke, in the one order in which this process saw them begin and end. */
export interface CallRecord {
  /** Unique. It travels to the provider, and into the intent. */
  readonly name: string;
  readonly account: string;
  readonly node: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: string | null;
  readonly executionId: string | null;
  /** For whom the provider says it did it. */
  readonly user: string | null;
}

export interface RevokeRecord {
  readonly kind: string;
  readonly accounts: readonly string[];
  readonly startedAt: number;
  readonly returnedAt: number;
  /** When somebody began to give the access back; null: never. */
  restoredAt: number | null;
}

/** Neither unanswered, nor refused because the node could judge nothing. */
export const isJudged = ({ status, code }: CallRecord): boolean => status !== 0 && code !== 'not_available';

export class ClientLog {
  readonly calls: CallRecord[] = [];
  readonly revokes: RevokeRecord[] = [];
  /** How many of the calls are {@link isJudged}. */
  judged = 0;
  private restores = 0;
  private time = 0;

  /** Calls that were judged, revokes and restores. */
  get operations(): number {
    return this.judged + this.revokes.length + this.restores;
  }

  /** The next moment. No two things happen at the same. */
  now(): number {
    this.time += 1;
    return this.time;
  }

  add(call: CallRecord): CallRecord {
    this.calls.push(call);
    if (isJudged(call)) this.judged += 1;
    return call;
  }

  /** Records a revoke that works only if it returns; one that fails may or may not have taken place, and promises nothing. */
  async revoke(kind: string, accounts: readonly string[], work: () => Promise<void>): Promise<RevokeRecord> {
    const startedAt = this.now();
    await work();
    const record: RevokeRecord = { kind, accounts, startedAt, returnedAt: this.now(), restoredAt: null };
    this.revokes.push(record);
    return record;
  }

  restoring(revoke: RevokeRecord): void {
    revoke.restoredAt = this.now();
    this.restores += 1;
  }
}
