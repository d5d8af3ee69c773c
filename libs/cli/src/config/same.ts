import { isDeepStrictEqual } from 'node:util';

/** Whether two configurations say the same. Objects with and without a prototype do: one library makes these, the other those. */
export function same(one: unknown, other: unknown): boolean {
  if (!isPlain(one) || !isPlain(other)) return isDeepStrictEqual(one, other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return keys.length === others.length && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
}

/** Dates and the like are values. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !(value instanceof Date);
