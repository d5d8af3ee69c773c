/** What the commands touch of the computer that they run on. Tests bring their own. */
export interface Machine {
  readonly home: string;
  /** The folder that the command was started in, or was told to work in. */
  readonly project: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  now(): number;
  /** To the standard output: what another program may read. */
  print(text: string): void;
  /** To the standard error: what a person reads. */
  tell(text: string): void;
}
