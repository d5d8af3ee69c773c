import type { RefreshJournalEntry } from './decide-refresh.js';
import { Stopwatch } from './stopwatch.js';

/** The right to refresh one account, as its holder knows it without asking the database. */
export class RefreshLease {
  private confirmed: Stopwatch;
  private lost = false;

  constructor(
    readonly fence: number,
    /** What the journal said when the lease was taken. */
    readonly journal: RefreshJournalEntry,
    private readonly databaseTime: number,
    private readonly leaseMs: number,
    /** Started before the lease was asked for. */
    private readonly taken: Stopwatch,
  ) {
    this.confirmed = taken;
  }

  /** The database's clock, within the time that a query takes. */
  now(): number {
    return this.databaseTime + this.taken.elapsedMs();
  }

  /** The lease was renewed; `since` was started before that was asked for. */
  renewed(since: Stopwatch): void {
    this.confirmed = since;
  }

  /** Somebody else has it now. */
  lose(): void {
    this.lost = true;
  }

  /** Whether nobody else can have it, and so much of it is left. */
  isSurelyHeld(marginMs: number): boolean {
    return !this.lost && this.confirmed.elapsedMs() < this.leaseMs - marginMs;
  }
}
