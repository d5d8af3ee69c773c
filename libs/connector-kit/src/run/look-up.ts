import type { FieldError, Json, JsonObject } from '#app/kernel';
import { ConnectorFailure } from '../failure/connector-failure.js';
import { valueAt, type JsonPath } from '../json/json-path.js';
import { isJsonList, scalarText } from '../json/json-values.js';
import { cleanLine } from '../text/clean-text.js';
import type { Redact } from '../text/text-outlet.js';

/** How to find the one element of a list that an argument names, compiled. */
export interface Lookup {
  readonly items: JsonPath;
  readonly argument: string;
  readonly keys: readonly JsonPath[];
  readonly noun: string;
  readonly id: JsonPath;
  readonly name: JsonPath;
}

const MAX_NAMED = 10;

/**
 * The element that the argument names by any of its keys, letter case and surrounding space apart. It never guesses: an element
 * is found by a whole id, name or address, and two that fit are a question back.
 *
 * @throws ConnectorFailure `invalid_arguments` naming the candidates, when none or several fit
 */
export function lookUp(lookup: Lookup, body: Json, args: JsonObject, redact: Redact): Json {
  const wanted = comparable(args[lookup.argument]);
  const list = valueAt(body, lookup.items);
  const items = isJsonList(list) ? list : [];
  const fits = (item: Json) => lookup.keys.some((key) => comparable(valueAt(item, key)) === wanted);
  // An empty text would equal every key that an element lacks.
  const found = wanted === '' ? [] : items.filter(fits);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw found.length === 0 ? noneFits(lookup, items, wanted, redact) : severalFit(lookup, found, redact);
}

function comparable(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? String(value).normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase()
    : '';
}

function severalFit(lookup: Lookup, found: readonly Json[], redact: Redact): ConnectorFailure {
  return refuse(
    lookup,
    `fits ${found.length} ${lookup.noun}s: ${listOf(lookup, found, redact)}. Give the id of the one you mean.`,
  );
}

function noneFits(lookup: Lookup, items: readonly Json[], wanted: string, redact: Redact): ConnectorFailure {
  const near = items.filter((item) => lookup.keys.some((key) => comparable(valueAt(item, key)).includes(wanted)));
  const hint =
    near.length === 0
      ? 'Give a whole name, email address or id.'
      : `Near: ${listOf(lookup, near, redact)}. Give an id.`;
  return refuse(lookup, `is the id, name or email address of no ${lookup.noun}. ${hint}`);
}

function listOf(lookup: Lookup, items: readonly Json[], redact: Redact): string {
  const textAt = (item: Json, path: JsonPath, maxLength: number) =>
    cleanLine(scalarText(valueAt(item, path)) ?? '', maxLength, redact);
  const named = items
    .slice(0, MAX_NAMED)
    .map((item) => `${textAt(item, lookup.name, 60)} (id ${textAt(item, lookup.id, 40)})`);
  const rest = items.length - named.length;
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function refuse(lookup: Lookup, message: string): ConnectorFailure {
  const errors: FieldError[] = [{ field: `params.${lookup.argument}`, message }];
  return new ConnectorFailure('invalid_arguments', `\`${lookup.argument}\` ${message}`, { errors });
}
