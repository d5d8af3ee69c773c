import type { AskedStatement } from './wire-protocol.js';

/**
 * - `hold`: Postgres does not get the statement
 * - `hold_reply`: Postgres has done it, and the node does not hear of it
 * - `drop_reply`: the same, and the connection is cut
 */
export type TrapAction = 'hold' | 'hold_reply' | 'drop_reply';

export interface TrapPlan {
  /** Of the text of a statement. */
  readonly statement: RegExp;
  /** Of its parameters, as they travel. */
  readonly values?: RegExp;
  /** The COMMIT of the statement's transaction is caught instead of the statement. */
  readonly atCommit?: boolean;
  readonly action: TrapAction;
}

/** Catches one statement of a node. */
export class Trap {
  /** Resolves when the node is where it was to be caught. */
  readonly sprung: Promise<void>;
  private spring: () => void = () => undefined;
  private taken = false;

  constructor(readonly plan: TrapPlan) {
    this.sprung = new Promise((resolve) => {
      this.spring = resolve;
    });
  }

  /** Whether it is for this statement; `transaction` is what was asked in the same transaction before. */
  catches(asked: AskedStatement, transaction: readonly AskedStatement[]): boolean {
    if (this.taken) return false;
    this.taken = this.plan.atCommit
      ? /^\s*COMMIT/i.test(asked.text) && transaction.some((statement) => this.fits(statement))
      : this.fits(asked);
    return this.taken;
  }

  tell(): void {
    this.spring();
  }

  private fits({ text, values }: AskedStatement): boolean {
    return this.plan.statement.test(text) && (this.plan.values?.test(values) ?? true);
  }
}
