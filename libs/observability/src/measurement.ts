/** One value of a measurement. Labels have few values and name no tenant and no end user. */
export interface Measured {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Something that is read when a scraper asks for it. */
export interface Measurement {
  /** `counter` for what only grows while the process lives. */
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** One that rejects is left out of the answer: a database that is away must not hide what else there is to see. */
  read(): readonly Measured[] | Promise<readonly Measured[]>;
}

/** Lets those who ask at the same time share one answer, so that no number of scrapers costs more than one. */
export function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= ask().finally(() => {
      running = null;
    });
    return running;
  };
}
