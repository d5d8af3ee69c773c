import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { InputManifest, InputRules, PropertyManifest } from '../manifest/manifest.js';
import type { ManifestPlace } from '../manifest/manifest-error.js';
import type { ArgumentsCheck } from './validate-arguments.js';

/** For texts and lists whose schema names no limit of its own. */
const MAX_TEXT = 2000;
const MAX_ITEMS = 100;

const ajv = new Ajv({ allErrors: true, useDefaults: true, coerceTypes: false, ownProperties: true, strict: true });
formats.default(ajv, ['date-time', 'date', 'email']);

/** The schema as agents see it: the author's, closed against unknown fields. */
export type InputSchema = Required<Pick<InputManifest, 'type' | 'properties'>> &
  Pick<InputManifest, 'required'> & { readonly additionalProperties: false };

export function closeSchema(input: InputManifest): InputSchema {
  return { ...input, type: 'object', properties: input.properties ?? {}, additionalProperties: false };
}

/** Compiles the check of a tool's arguments. */
export function compileArguments(schema: InputSchema, rules: InputRules, place: ManifestPlace): ArgumentsCheck {
  const { properties } = schema;
  checkNames(schema, rules, place);
  try {
    const validate = ajv.compile({ ...schema, properties: withLimits(properties) });
    return { properties, rules, validate };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw place.at('input').error(`The schema does not compile: ${reason}.`, 'Correct it.', error);
  }
}

function checkNames({ properties, required = [] }: InputSchema, rules: InputRules, place: ManifestPlace): void {
  const named = [...required, ...(rules.exclusive ?? []).flat(), ...(rules.atLeastOne ?? [])];
  const unknown = named.find((name) => !Object.hasOwn(properties, name));
  if (unknown === undefined) return;
  throw place.error(`“${unknown}” is not a property of input.`, `Use one of ${Object.keys(properties).join(', ')}.`);
}

type Properties = InputSchema['properties'];

function withLimits(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, limited(property)]));
}

/** No text and no list without a limit: somebody will send a megabyte. */
function limited(property: PropertyManifest): PropertyManifest {
  const { type, items, properties } = property;
  return {
    ...(type === 'string' && property.enum === undefined ? { maxLength: MAX_TEXT } : {}),
    ...(type === 'array' ? { maxItems: MAX_ITEMS } : {}),
    ...(type === 'object' ? { additionalProperties: false } : {}),
    ...property,
    ...(items === undefined ? {} : { items: limited(items) }),
    ...(properties === undefined ? {} : { properties: withLimits(properties) }),
  };
}
