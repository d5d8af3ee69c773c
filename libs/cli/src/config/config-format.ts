import type { Section } from '../clients/client.js';

/** A way of writing configuration down, as text that a person may have written too. */
export interface ConfigFormat {
  /** Throws an error that says where the text is wrong. */
  parse(text: string): unknown;
  /** The text with exactly the changes between the two, keeping its comments and layout. */
  edit(text: string, before: Section, after: Section): string;
  /** Text for what has none yet. */
  write(config: Section): string;
}
