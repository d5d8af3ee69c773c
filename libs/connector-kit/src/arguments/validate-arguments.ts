import type { FieldError, Json, JsonObject } from '#app/kernel';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { isJsonList, isJsonObject, objectOf } from '../json/json-values.js';
import type { InputRules, PropertyManifest } from '../manifest/manifest.js';
import { cleanLine } from '../text/clean-text.js';
import { describeArgumentError } from './describe-argument-error.js';

/** The check of one tool's arguments, compiled. */
export interface ArgumentsCheck {
  readonly properties: Readonly<Record<string, PropertyManifest>>;
  readonly rules: InputRules;
  readonly validate: ValidateFunction;
}

export type ArgumentsResult =
  { readonly ok: true; readonly args: JsonObject } | { readonly ok: false; readonly errors: FieldError[] };

/**
 * Checks what a caller gave against the tool's schema and returns fresh arguments: null counts as absent, defaults are filled
 * in, unknown fields are refused and nothing is converted. What was checked is exactly what the request is built from.
 */
export function validateArguments(tool: { readonly arguments: ArgumentsCheck }, params: unknown): ArgumentsResult {
  const { properties, rules, validate } = tool.arguments;
  const given = params ?? {};
  if (!isJsonObject(given)) {
    return { ok: false, errors: [{ field: 'params', message: 'must be an object of named arguments.' }] };
  }
  const args = withoutNulls(given, properties);
  const valid = validate(args);
  if (valid && !hasUnknownField(given, properties) && hasNoRules(rules)) return { ok: true, args };
  const errors = [
    ...unknownFields(given, properties),
    ...(valid ? [] : onePerField(validate.errors ?? [], properties)),
    ...brokenRules(args, rules),
  ];
  return errors.length === 0 ? { ok: true, args } : { ok: false, errors };
}

function hasUnknownField(given: JsonObject, properties: ArgumentsCheck['properties']): boolean {
  for (const name in given) if (!Object.hasOwn(properties, name)) return true;
  return false;
}

const hasNoRules = ({ exclusive, atLeastOne }: InputRules): boolean =>
  (exclusive === undefined || exclusive.length === 0) && (atLeastOne === undefined || atLeastOne.length === 0);

function withoutNulls(given: JsonObject, properties: ArgumentsCheck['properties']): JsonObject {
  const known = Object.entries(given).filter(([name]) => Object.hasOwn(properties, name));
  return dropNulls(objectOf(known), 0);
}

/** Deeper than any schema: what is nested further is refused by its type, and must not exhaust the stack here. */
const MAX_DEPTH = 20;

function dropNulls(object: JsonObject, depth: number): JsonObject {
  const kept = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
  // Unlike objectOf, this keeps a nested `__proto__`, as an own property, for the schema to refuse.
  return Object.fromEntries(kept.map(([key, value]) => [key, dropNullsInside(value, depth + 1)]));
}

function dropNullsInside(value: Json, depth: number): Json {
  if (depth > MAX_DEPTH) return value;
  if (isJsonObject(value)) return dropNulls(value, depth);
  return isJsonList(value) ? value.map((item) => dropNullsInside(item, depth + 1)) : value;
}

const MAX_UNKNOWN_NAMED = 10;

function unknownFields(given: JsonObject, properties: ArgumentsCheck['properties']): FieldError[] {
  const known = Object.keys(properties).join(', ');
  return Object.keys(given)
    .filter((name) => !Object.hasOwn(properties, name))
    .slice(0, MAX_UNKNOWN_NAMED)
    .map((name) => ({
      field: `params.${cleanLine(name.slice(0, 200), 60)}`,
      message: known === '' ? 'is not known; this tool takes no arguments.' : `is not known; use ${known}.`,
    }));
}

/** The first complaint about each field: a text of the wrong type needs no word about its length. */
function onePerField(errors: readonly ErrorObject[], properties: ArgumentsCheck['properties']): FieldError[] {
  const byField = new Map<string, FieldError>();
  for (const error of errors) {
    const described = describeArgumentError(error, properties);
    if (!byField.has(described.field)) byField.set(described.field, described);
  }
  return [...byField.values()];
}

function brokenRules(args: JsonObject, rules: InputRules): FieldError[] {
  // Models like to fill in every switch; one that is off asks for nothing.
  const isGiven = (name: string) => Object.hasOwn(args, name) && args[name] !== false;
  const clashes = (rules.exclusive ?? []).flatMap((group) => {
    const [first, second] = group.filter(isGiven);
    if (first === undefined || second === undefined) return [];
    return [{ field: `params.${second}`, message: `cannot be combined with ${first}; leave one of them out.` }];
  });
  const wanted = rules.atLeastOne ?? [];
  if (wanted.length === 0 || wanted.some(isGiven)) return clashes;
  return [...clashes, { field: 'params', message: `needs at least one of ${wanted.join(', ')}.` }];
}
