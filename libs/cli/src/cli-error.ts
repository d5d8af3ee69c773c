/** Ends a command with a sentence for the person who started it. */
export class CliError extends Error {
  override readonly name = 'CliError';
}
