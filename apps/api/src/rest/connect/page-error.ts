import type { Outcome } from './outcomes.js';

/** Ends a request with one of our pages. */
export class PageError extends Error {
  constructor(readonly outcome: Outcome) {
    super(`The visit ended: ${outcome}`);
    this.name = 'PageError';
  }
}
