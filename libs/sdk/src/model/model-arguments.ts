import { GatehouseError } from '../gatehouse-error.js';
import type { JsonSchema } from '../resources/tool-types.js';
import { isRecord } from './is-record.js';
import { NO_RENAMES, allowsNull, typesOf, type PortableSchema, type Renames } from './portable-schema.js';

/**
 * The arguments that a model wrote, as the server wants them: parsed, under their original names, without nulls that only say "left
 * out", and with numbers and flags that came as texts. Defaults and validation are the server's. Throws `invalid_arguments`.
 */
export function modelArguments(given: unknown, { schema, renames }: PortableSchema): Record<string, unknown> {
  const value = typeof given === 'string' ? parse(given) : (given ?? {});
  if (!isRecord(value))
    throw new GatehouseError(
      'invalid_arguments',
      'The arguments must be one JSON object with the properties of the tool.',
    );
  return restore(value, schema, renames) as Record<string, unknown>;
}

function parse(text: string): unknown {
  // some models write nothing where nothing is needed
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatehouseError('invalid_arguments', 'The arguments are not valid JSON. Send one JSON object.', { cause });
  }
}

function restore(value: unknown, schema: JsonSchema, renames: Renames): unknown {
  if (Array.isArray(value)) {
    const items = isRecord(schema['items']) ? schema['items'] : {};
    return value.map((each) => restore(each, items, renames.items ?? NO_RENAMES));
  }
  if (!isRecord(value)) return coerced(value, schema);
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(properties, name) && isRecord(properties[name]) ? properties[name] : null;
    if (inner === null && known !== null && !allowsNull(known)) return [];
    const rename = renames.properties.get(name);
    return [[rename?.name ?? name, restore(inner, known ?? {}, rename?.inner ?? NO_RENAMES)]];
  });
  // not by assignment, which takes "__proto__" for something else
  return Object.fromEntries(entries);
}

/** "10" is 10 and "true" is true where no text is wanted, and nothing is lost by it. */
function coerced(value: unknown, schema: JsonSchema): unknown {
  const types = typesOf(schema);
  if (typeof value !== 'string' || types.length === 0 || types.includes('string')) return value;
  const text = value.trim();
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  if (types.includes('object') || types.includes('array')) return parsedInside(text) ?? value;
  const isNumber = /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && String(Number(text)) === text;
  return isNumber && (types.includes('number') || types.includes('integer')) ? Number(text) : value;
}

/** An object or a list that was written as a text: Gemini can't be told of one with free members in another way. */
function parsedInside(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
