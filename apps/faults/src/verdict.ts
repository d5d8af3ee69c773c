/** A statement that must hold, and what speaks against it. */
export interface Verdict {
  readonly statement: string;
  /** One line for each breach. */
  readonly breaches: readonly string[];
  /** What the statement rests on: how much was looked at. */
  readonly looked: string;
}
