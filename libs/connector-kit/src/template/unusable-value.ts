/** A value that a request cannot be built from, although the schema of the arguments let it pass. The message follows its name. */
export class UnusableValue extends Error {
  constructor(
    message: string,
    /** The variable that held it: `args.assigned_to`. */
    readonly variable: string | null = null,
  ) {
    super(message);
    this.name = 'UnusableValue';
  }
}
