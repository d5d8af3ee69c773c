import { HtmlBudget } from './html-budget.js';

/** Replaces in a text what must not leave, the account's credential above all. */
export type Redact = (text: string) => string;

/** Elements that lists of an answer may bring into one result, all together. */
const MAX_ELEMENTS = 10_000;

/**
 * What all texts pass on the way out of one call: it takes the credential out of them once they are decoded, and bounds the work
 * that an answer can cause, so that one provider does not hold up everybody else's calls.
 */
export class TextOutlet {
  readonly html = new HtmlBudget();
  private elements = MAX_ELEMENTS;

  constructor(readonly redact: Redact) {}

  /** How many of so many list elements may still go into the result; counts them. */
  admitElements(count: number): number {
    const admitted = Math.min(count, this.elements);
    this.elements -= admitted;
    return admitted;
  }
}

/** For texts that come from nowhere near a provider. */
export const openOutlet = (): TextOutlet => new TextOutlet((text) => text);
