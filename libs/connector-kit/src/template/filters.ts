import type { Json } from '#app/kernel';
import { scalarText } from '../json/json-values.js';
import { cleanText, clipText } from '../text/clean-text.js';
import { htmlToPlainText, plainTextToHtml } from '../text/html-text.js';
import { isoTime } from './iso-time.js';
import type { Scope } from './scope.js';
import { UnusableValue } from './unusable-value.js';

/** What filters know of the call. */
export type FilterScope = Pick<Scope, 'now' | 'outlet'>;

export interface Filter {
  /** What follows the colon: `clip:280`. */
  readonly argument: 'none' | 'number' | 'text';
  /** Never called with null. A filter that has nothing to do with a value's type returns it unchanged, or null in a projection. */
  apply(value: Json, argument: string, scope: FilterScope): Json;
}

/** The closed set of filters. Data in a manifest can choose among these and nothing else. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  /** Digits as an integer, for providers that want ids unquoted. */
  int: { argument: 'none', apply: toInteger },
  string: { argument: 'none', apply: (value) => scalarText(value) },
  lower: { argument: 'none', apply: (value) => (typeof value === 'string' ? value.toLowerCase() : value) },
  /** A moment so many hours ago, in epoch seconds. */
  hours_ago: { argument: 'none', apply: (value, _, { now }) => Math.floor(now / 1000 - Number(value) * 3600) },
  /** Epoch seconds as ISO 8601 in UTC. */
  iso: { argument: 'none', apply: toIsoTime },
  /** Null when the value, as text, equals the argument: providers that write 0 for "none". */
  unless: { argument: 'text', apply: (value, argument) => (scalarText(value) === argument ? null : value) },
  /** Plain text as HTML paragraphs, every character of it harmless. */
  html: { argument: 'none', apply: (value) => (typeof value === 'string' ? plainTextToHtml(value) : value) },
  /** HTML as plain text. */
  text: {
    argument: 'none',
    apply: (value, _, { outlet }) => (typeof value === 'string' ? htmlToPlainText(value, outlet.html) : value),
  },
  clip: {
    argument: 'number',
    apply: (value, argument, { outlet }) =>
      typeof value === 'string' ? clipText(outlet.redact(cleanText(value)), Number(argument)) : value,
  },
  count: { argument: 'none', apply: (value) => (Array.isArray(value) ? value.length : null) },
};

function toInteger(value: Json): Json {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new UnusableValue('is not a whole number that can be sent without losing digits');
}

function toIsoTime(value: Json): Json {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' ? isoTime(Math.trunc(seconds)) : null;
}
