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
  /** Seconds of each open-loop measurement; 0 leaves them out. */
  readonly openSeconds: number;
  /** How often an account is disconnected on one node while another calls as it; 0 leaves that out. */
  readonly revokes: number;
  /** The least median ratio at the most connections; below it the exit code is 1. */
  readonly floor: number;
  /** Keep both measured programs on one core and everything else off it. */
  readonly pin: boolean;
}

const USAGE = `npm run bench -- [--pairs 5] [--seconds 2] [--connections 1,16,64] [--warmup 15000] [--open-seconds 4] [--revokes 20] [--floor 0] [--no-pin]
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
      'open-seconds': { type: 'string', default: '4' },
      revokes: { type: 'string', default: '20' },
      floor: { type: 'string', default: '0' },
      pin: { type: 'boolean', default: true },
    },
  });
  return {
    pairs: positive('pairs', values.pairs),
    seconds: positive('seconds', values.seconds),
    connections: values.connections.split(',').map((text) => positive('connections', text)),
    warmup: positive('warmup', values.warmup),
    openSeconds: fromZero('open-seconds', values['open-seconds']),
    revokes: fromZero('revokes', values.revokes),
    floor: fromZero('floor', values.floor),
    pin: values.pin,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && (name === 'seconds' || Number.isInteger(value))) return value;
  throw new Error(`--${name} must be a number above 0, and is "${text}".\n${USAGE}`);
}

function fromZero(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0) return value;
  throw new Error(`--${name} must be a number from 0, and is "${text}".\n${USAGE}`);
}
