import type { JsonSchema } from '../resources/tool-types.js';
import { isRecord } from './is-record.js';
import { allowsNull, typesOf } from './portable-schema.js';

/** What OpenAI's strict mode refuses, and words that say the same. */
const IN_WORDS: Readonly<Record<string, (value: unknown) => string>> = {
  default: (value) => `Default: ${JSON.stringify(value)}.`,
  minLength: (value) => `At least ${String(value)} characters.`,
  maxLength: (value) => `At most ${String(value)} characters.`,
  uniqueItems: (value) => (value === true ? 'No entry twice.' : ''),
};

const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'];

/**
 * The schema by the rules of strict function calling: every property required, what is optional nullable, nothing open. Null when
 * that can't be said, as with an object of free members. Optional properties stay: a model that can't page or filter is of no use.
 */
export function strictSchema(schema: JsonSchema): JsonSchema | null {
  try {
    return strict(schema);
  } catch (error) {
    if (error instanceof NotStrict) return null;
    throw error;
  }
}

class NotStrict extends Error {}

function strict(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0) throw new NotStrict();
  const { properties, items, anyOf, required, additionalProperties: _open, ...rest } = inWords(schema);
  const result: Record<string, unknown> = rest;
  if (Array.isArray(anyOf)) result['anyOf'] = anyOf.map((each) => strict(each as JsonSchema));
  if (isRecord(items)) result['items'] = strict(items);
  if (!typesOf(schema).includes('object')) return result;
  if (!isRecord(properties) || (schema['additionalProperties'] !== false && Object.keys(properties).length === 0))
    throw new NotStrict();
  const names = Object.keys(properties);
  result['properties'] = Object.fromEntries(
    names.map((name) => {
      const inner = strict(properties[name] as JsonSchema);
      return [name, Array.isArray(required) && required.includes(name) ? inner : nullable(inner)];
    }),
  );
  return { ...result, required: names, additionalProperties: false };
}

/** The schema, or null: how strict mode spells "may be left out". */
function nullable(schema: JsonSchema): JsonSchema {
  if (allowsNull(schema)) return schema;
  const { type, enum: values } = schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return { ...schema, type: [type, 'null'], ...(Array.isArray(values) ? { enum: [...values, null] } : {}) };
}

function inWords(schema: JsonSchema): JsonSchema {
  const words = [schema['description']];
  const rest: Record<string, unknown> = { ...schema };
  for (const [keyword, say] of Object.entries(IN_WORDS)) {
    if (rest[keyword] === undefined) continue;
    words.push(say(rest[keyword]));
    delete rest[keyword];
  }
  if (typeof rest['format'] === 'string' && !FORMATS.includes(rest['format'])) {
    words.push(`Format: ${rest['format']}.`);
    delete rest['format'];
  }
  const description = words.filter(Boolean).join(' ');
  return description === '' ? rest : { ...rest, description };
}
