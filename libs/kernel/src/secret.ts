/**
 * A credential on its way through the process: a token, a client secret, a code, a PKCE verifier.
 *
 * It prints as `[secret]` in JSON, in templates, in `util.inspect` and in errors, so that no careless log line can carry it.
 * The value sits in a private field, which spreading, cloning and printing leave out. The one way out is {@link Secret.reveal},
 * which only the vault (to seal it) and the egress client (to put it into a request) may call; lint enforces that.
 */
export class Secret {
  /** Bytes, not text: they lie outside of the heap that a snapshot or a crash report writes out. UTF-16 keeps any string as it is. */
  readonly #value: Buffer;

  constructor(value: string) {
    this.#value = Buffer.from(value, 'utf16le');
    Object.freeze(this);
  }

  /** Made anew each time: what nobody keeps, the next collection of garbage takes. */
  reveal(): string {
    return this.#value.toString('utf16le');
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.toPrimitive](): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
