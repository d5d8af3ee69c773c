import type { FieldValue, Operator } from './dialect.js';
import { dayOf } from './calendar-day.js';

export type Scalar = string | number | boolean;
export type FilterValue = Scalar | readonly Scalar[] | null;

export type Matcher = (actual: FieldValue | readonly FieldValue[]) => boolean;

interface MatchOptions {
  readonly byDay: boolean;
  readonly timezone: string;
}

interface MatchedField {
  readonly type: string;
  readonly words?: boolean;
}

const NEGATIONS: Readonly<Partial<Record<Operator, Operator>>> = { '!=': '=', NIN: 'IN', '!~': '~' };

/** The test of one filter. A negative operator is true for a field with several values when none of them fits. */
export function matcher(field: MatchedField, operator: Operator, value: FilterValue, options: MatchOptions): Matcher {
  const positive = NEGATIONS[operator];
  const test = scalarTest(field, positive ?? operator, value, options);
  const some: Matcher = (actual) => candidates(field, actual).some(test);
  return positive === undefined ? some : (actual) => !some(actual);
}

/** What a filter is held against: each value of a field with several, each word of a text that is searched by words. */
function candidates(field: MatchedField, actual: FieldValue | readonly FieldValue[]): readonly FieldValue[] {
  if (field.words === true && typeof actual === 'string') return wordsOf(actual);
  if (!Array.isArray(actual)) return [actual as FieldValue];
  return actual.length === 0 ? [null] : (actual as readonly FieldValue[]);
}

function scalarTest(
  field: MatchedField,
  operator: Operator,
  value: FilterValue,
  options: MatchOptions,
): (actual: FieldValue) => boolean {
  if (field.type === 'date' && options.byDay && typeof value === 'number')
    return dayTest(operator, value, options.timezone);
  if (operator === 'IN') return (actual) => (value as readonly Scalar[]).some((one) => equal(actual, one, field));
  if (operator === '=') return (actual) => equal(actual, value as Scalar | null, field);
  if (typeof value === 'string') return textTest(operator, value.toLowerCase());
  return numberTest(operator, value as number);
}

/** Addresses and words are compared without regard to case, everything else exactly. */
function equal(actual: FieldValue, value: Scalar | null, field: MatchedField): boolean {
  if (typeof actual !== 'string' || typeof value !== 'string') return actual === value;
  const folds = field.words === true || actual.includes('@');
  return folds ? actual.toLowerCase() === value.toLowerCase() : actual === value;
}

function textTest(operator: Operator, needle: string): (actual: FieldValue) => boolean {
  if (operator === '^') return onText((text) => text.startsWith(needle));
  if (operator === '$') return onText((text) => text.endsWith(needle));
  return onText((text) => text.includes(needle));
}

function onText(test: (text: string) => boolean): (actual: FieldValue) => boolean {
  return (actual) => typeof actual === 'string' && test(actual.toLowerCase());
}

/** For conversations `<` and `>` include the value; `<=` and `>=` exist for contacts only. */
function numberTest(operator: Operator, value: number): (actual: FieldValue) => boolean {
  const below = operator === '<' || operator === '<=';
  return (actual) => typeof actual === 'number' && (below ? actual <= value : actual >= value);
}

/** Contacts: `=` is the whole day, `>` begins with the next one, `<` ends before this one. */
function dayTest(operator: Operator, value: number, timezone: string): (actual: FieldValue) => boolean {
  const wanted = dayOf(value, timezone);
  return (actual) => {
    if (typeof actual !== 'number') return false;
    const day = dayOf(actual, timezone);
    if (operator === '=') return day === wanted;
    return operator === '<' ? day < wanted : day > wanted;
  };
}

function wordsOf(html: string): string[] {
  const text = html.replaceAll(/<[^>]*>/g, ' ').toLowerCase();
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}
