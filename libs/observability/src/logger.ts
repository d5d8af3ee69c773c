import { pino, type DestinationStream, type Logger } from 'pino';
import { SafeFields } from './safe-fields.js';
import { scrub } from './scrub.js';
import { StandardOutput } from './standard-output.js';

export type { Logger } from 'pino';

/** Injection token for the process's {@link Logger}. */
export const LOGGER = Symbol('Logger');

/** JSON lines on standard output; every record is scrubbed of secrets by key and by type before it is written. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (record: object) =>
        record instanceof SafeFields ? record.fields : (scrub(record) as Record<string, unknown>),
    },
    // pino's own error serialiser would copy the own properties of an error, statement values among them
    serializers: { err: scrub, error: scrub },
  };
  return pino(options, destination ?? standardOutput());
}

let shared: StandardOutput | null = null;

/** One for all loggers of the process, so that their lines do not cut into each other. */
function standardOutput(): StandardOutput {
  shared ??= new StandardOutput();
  return shared;
}
