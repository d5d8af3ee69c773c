import { parseArgs } from 'node:util';

export interface FaultOptions {
  /** Names of scenarios; all of them when empty. */
  readonly only: readonly string[];
  /** After so many no new round begins. */
  readonly minutes: number;
  /** The same seed makes the same plan. */
  readonly seed: number;
}

/** Throws with the usage text when an option is not understood. */
export function readOptions(args: readonly string[], scenarios: readonly string[]): FaultOptions {
  const usage = `npm run test:faults -- [--only ${scenarios.join(',')}] [--minutes 8] [--seed 1]`;
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      minutes: { type: 'string', default: '8' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const only = values.only.split(',').filter((name) => name !== '');
  const stranger = only.find((name) => !scenarios.includes(name));
  if (stranger !== undefined) throw new Error(`There is no scenario "${stranger}".\n${usage}`);
  return { only, minutes: number('minutes', values.minutes, usage), seed: number('seed', values.seed, usage) };
}

function number(name: string, text: string, usage: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${name} must be a number above 0, and is "${text}".\n${usage}`);
}
