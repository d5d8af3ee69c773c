import type { JsonSchema } from '../resources/tool-types.js';
import { isRecord } from './is-record.js';
import { allowsNull, typesOf } from './portable-schema.js';

/** Gemini's own dialect of a schema (`Schema` of @google/genai). */
export type GeminiSchema = Readonly<Record<string, unknown>>;

const NUMBERS = ['minimum', 'maximum'];
/** 64-bit integers, which Gemini writes as texts. */
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems'];
const SAME = ['title', 'pattern'];

/** Formats that Gemini knows; another one is said in words. */
const FORMATS = ['date-time', 'int32', 'int64', 'float', 'double'];

/** What Gemini has no member for. */
const IN_WORDS = [
  ['exclusiveMinimum', 'More than'],
  ['exclusiveMaximum', 'Less than'],
  ['multipleOf', 'A multiple of'],
  ['default', 'Default:'],
] as const;

/** The schema as a Gemini function declaration has it. What Gemini has no word for is said in the description. */
export function geminiSchema(schema: JsonSchema): GeminiSchema {
  if (isFree(schema)) return asText(schema);
  const type = typesOf(schema).find((each) => each !== 'null');
  const result: Record<string, unknown> = { ...description(schema) };
  if (type !== undefined) result['type'] = type.toUpperCase();
  if (allowsNull(schema)) result['nullable'] = true;
  for (const keyword of [...SAME, ...NUMBERS]) if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  for (const keyword of COUNTS) if (schema[keyword] !== undefined) result[keyword] = JSON.stringify(schema[keyword]);
  if (isKnownFormat(schema['format'])) result['format'] = schema['format'];
  return { ...result, ...choices(schema), ...inside(schema) };
}

/** Gemini knows no object without named properties, and no value of any type. */
function isFree(schema: JsonSchema): boolean {
  const types = typesOf(schema);
  if (types.includes('object'))
    return !isRecord(schema['properties']) || Object.keys(schema['properties']).length === 0;
  return types.length === 0 && schema['anyOf'] === undefined && enumOf(schema) === undefined;
}

/** The model writes it as a text, which becomes an object again on its way to the server. */
function asText(schema: JsonSchema): GeminiSchema {
  const what = typesOf(schema).includes('object') ? 'A JSON object, written as text.' : 'Any value; an object as JSON.';
  const words = [schema['description'], what].filter(Boolean).join(' ');
  return { type: 'STRING', description: words, ...(allowsNull(schema) ? { nullable: true } : {}) };
}

const isKnownFormat = (format: unknown): boolean => typeof format === 'string' && FORMATS.includes(format);

/** Only texts can be enumerated; other values are said in words. */
function choices(schema: JsonSchema): GeminiSchema {
  const values = enumOf(schema);
  if (values?.every((each) => typeof each === 'string')) return { type: 'STRING', enum: values };
  if (!Array.isArray(schema['anyOf'])) return {};
  const some = schema['anyOf'].filter(isRecord).filter((each) => !typesOf(each).every((type) => type === 'null'));
  const [only] = some;
  return some.length === 1 && only !== undefined ? geminiSchema(only) : { anyOf: some.map(geminiSchema) };
}

function inside(schema: JsonSchema): GeminiSchema {
  const { properties, items, required } = schema;
  return {
    ...(isRecord(items) ? { items: geminiSchema(items) } : {}),
    ...(isRecord(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [name, geminiSchema(each as JsonSchema)]),
          ),
        }
      : {}),
    ...(Array.isArray(required) && required.length > 0 ? { required } : {}),
  };
}

const enumOf = (schema: JsonSchema): unknown[] | undefined =>
  Array.isArray(schema['enum']) ? schema['enum'].filter((each) => each !== null) : undefined;

function description(schema: JsonSchema): GeminiSchema {
  const words = [schema['description']];
  const values = enumOf(schema);
  if (values?.some((each) => typeof each !== 'string')) words.push(`One of ${JSON.stringify(values)}.`);
  if (typeof schema['format'] === 'string' && !isKnownFormat(schema['format']))
    words.push(`Format: ${schema['format']}.`);
  for (const [keyword, say] of IN_WORDS)
    if (schema[keyword] !== undefined) words.push(`${say} ${JSON.stringify(schema[keyword])}.`);
  const text = words.filter(Boolean).join(' ');
  return text === '' ? {} : { description: text };
}
