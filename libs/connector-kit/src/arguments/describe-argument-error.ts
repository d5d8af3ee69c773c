import type { FieldError } from '#app/kernel';
import type { ErrorObject } from 'ajv';
import type { PropertyManifest } from '../manifest/manifest.js';
import { cleanLine } from '../text/clean-text.js';

type Describe = (params: Readonly<Record<string, unknown>>) => string;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text in quotes',
  integer: 'a whole number without quotes',
  number: 'a number without quotes',
  boolean: 'true or false without quotes',
  array: 'a list',
  object: 'an object',
};

const MESSAGES: Readonly<Record<string, Describe>> = {
  type: ({ type }) => `must be ${TYPES[String(type)] ?? String(type)}.`,
  enum: ({ allowedValues }) => `must be one of ${listed(allowedValues)}.`,
  const: ({ allowedValue }) => `must be ${String(allowedValue)}.`,
  required: () => 'is required.',
  maximum: ({ limit }) => `must be at most ${String(limit)}.`,
  minimum: ({ limit }) => `must be at least ${String(limit)}.`,
  exclusiveMinimum: ({ limit }) => `must be more than ${String(limit)}.`,
  exclusiveMaximum: ({ limit }) => `must be less than ${String(limit)}.`,
  maxLength: ({ limit }) => `is too long: at most ${String(limit)} characters. Shorten it.`,
  minLength: ({ limit }) => (limit === 1 ? 'must not be empty.' : `must have at least ${String(limit)} characters.`),
  pattern: ({ pattern }) => `does not have the right form (${String(pattern)}).`,
  format: ({ format }) => `must be a valid ${String(format)}.`,
  maxItems: ({ limit }) => `may hold at most ${String(limit)} entries.`,
  minItems: ({ limit }) => `must hold at least ${String(limit)} entries.`,
  additionalProperties: () => 'is not known; leave it out.',
};

/** One complaint of the schema as a sentence that follows the field's name, and says how to mend it. Never the value. */
export function describeArgumentError(
  error: ErrorObject,
  properties: Readonly<Record<string, PropertyManifest>>,
): FieldError {
  const path = error.instancePath.split('/').slice(1);
  const params = error.params as Readonly<Record<string, unknown>>;
  const extra = params.missingProperty ?? params.additionalProperty;
  if (typeof extra === 'string') path.push(cleanLine(extra.slice(0, 200), 60));
  const message = MESSAGES[error.keyword]?.(params) ?? `is not valid (${error.message ?? error.keyword}).`;
  const help = error.keyword === 'required' || error.keyword === 'pattern' ? helpOf(properties, path) : '';
  return { field: ['params', ...path].join('.'), message: message + help };
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : String(values);
}

/** The property's own description, for mistakes that only it explains. */
function helpOf(
  properties: Readonly<Record<string, PropertyManifest>>,
  [name = '', ...inner]: readonly string[],
): string {
  const description = inner.length === 0 ? properties[name]?.description : undefined;
  return description === undefined ? '' : ` ${description}`;
}
