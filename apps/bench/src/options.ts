import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** How often both programs are measured, in turns, at each number of connections. */
  readonly pairs: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Requests in flight at once. */
  readonly connections: readonly number[];
  /** Calls to each program before anything is measured: V8 needs them by count, not by time. */
  readonly warmup: number;
  /** Keep both measured programs on one core and everything else off it. */
  readonly pin: boolean;
}

const USAGE = `npm run bench -- [--pairs 5] [--seconds 2] [--connections 1,16,64] [--warmup 15000] [--no-pin]
`;

/** Throws with the usage text when an option is not understood. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      pairs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      connections: { type: 'string', default: '1,16,64' },
      warmup: { type: 'string', default: '15000' },
      pin: { type: 'boolean', default: true },
    },
  });
  return {
    pairs: positive('pairs', values.pairs),
    seconds: positive('seconds', values.seconds),
    connections: values.connections.split(',').map((text) => positive('connections', text)),
    warmup: positive('warmup', values.warmup),
    pin: values.pin,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && (name === 'seconds' || Number.isInteger(value))) return value;
  throw new Error(`--${name} must be a number above 0, and is "${text}".\n${USAGE}`);
}
