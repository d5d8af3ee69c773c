import type { JsonSchema } from '../resources/tool-types.js';
import { isRecord } from './is-record.js';
import { portableNames } from './names.js';

/** How to find back from what a model was shown to what the server knows. */
export interface Renames {
  /** Portable name to the original one and what is inside of it. */
  readonly properties: ReadonlyMap<string, { readonly name: string; readonly inner: Renames }>;
  readonly items: Renames | null;
}

/** A schema that every vendor takes, and the way back from its property names. */
export interface PortableSchema {
  readonly schema: JsonSchema;
  readonly renames: Renames;
}

export const NO_RENAMES: Renames = { properties: new Map(), items: null };

/** Kept as they are. Everything else is either translated below or left out: the server validates again. */
const KEPT = [
  'type',
  'title',
  'description',
  'enum',
  'default',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'required',
  'additionalProperties',
];

const MAX_DEPTH = 8;

/**
 * The schema without what some vendor refuses: references, `oneOf`, `allOf`, `not`, conditions, tuples, odd property names. It may
 * allow more than the original, never less: what it lets through, the server judges.
 */
export function portableSchema(schema: JsonSchema): PortableSchema {
  const converted = new Converter(schema).convert(schema, 0);
  const { anyOf: _none, ...rest } = converted.schema;
  return { schema: { ...rest, type: 'object', properties: rest['properties'] ?? {} }, renames: converted.renames };
}

class Converter {
  constructor(private readonly root: JsonSchema) {}

  convert(given: unknown, depth: number): PortableSchema {
    if (!isRecord(given) || depth > MAX_DEPTH) return { schema: {}, renames: NO_RENAMES };
    const source = merged(this.resolved(given), depth === 0, (each) => this.resolved(each));
    const schema: Record<string, unknown> = {};
    for (const keyword of KEPT) if (source[keyword] !== undefined) schema[keyword] = source[keyword];
    if (source['const'] !== undefined) schema['enum'] = [source['const']];
    if (isRecord(schema['additionalProperties'])) delete schema['additionalProperties'];
    const choices = source['anyOf'] ?? source['oneOf'];
    if (Array.isArray(choices)) schema['anyOf'] = choices.map((each) => this.convert(each, depth + 1).schema);
    const properties = this.properties(source, schema, depth);
    const items = this.items(source, schema, depth);
    return { schema, renames: { properties, items } };
  }

  private properties(source: JsonSchema, schema: Record<string, unknown>, depth: number): Renames['properties'] {
    const renames = new Map<string, { name: string; inner: Renames }>();
    if (!isRecord(source['properties'])) return renames;
    const originals = Object.keys(source['properties']);
    const names = portableNames(originals);
    const properties: Record<string, unknown> = {};
    originals.forEach((original, index) => {
      const name = names[index] ?? original;
      const inner = this.convert((source['properties'] as JsonSchema)[original], depth + 1);
      properties[name] = inner.schema;
      renames.set(name, { name: original, inner: inner.renames });
    });
    schema['properties'] = properties;
    if (Array.isArray(source['required']))
      schema['required'] = source['required'].map((each) => names[originals.indexOf(String(each))] ?? String(each));
    return renames;
  }

  private items(source: JsonSchema, schema: Record<string, unknown>, depth: number): Renames | null {
    const { items, prefixItems } = source;
    const tuple = Array.isArray(items) ? items : prefixItems;
    if (Array.isArray(tuple)) {
      schema['items'] = { anyOf: tuple.map((each) => this.convert(each, depth + 1).schema) };
      return null;
    }
    if (!isRecord(items)) {
      // Gemini and OpenAI want to know what a list is of
      if (typesOf(source).includes('array')) schema['items'] = {};
      return null;
    }
    const inner = this.convert(items, depth + 1);
    schema['items'] = inner.schema;
    return inner.renames;
  }

  /** A local reference is put in place; another one, or one that leads in a circle, allows everything. */
  private resolved(schema: JsonSchema): JsonSchema {
    const { $ref: reference, ...beside } = schema;
    if (typeof reference !== 'string') return schema;
    let target: unknown = this.root;
    for (const step of reference.replace(/^#\/?/, '').split('/').filter(Boolean))
      target = isRecord(target) ? target[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
    return reference.startsWith('#') && isRecord(target) ? { ...this.resolved(target), ...beside } : beside;
  }
}

/** `allOf` is one object that has it all; so is a choice between objects at the top, where no vendor takes a choice. */
function merged(schema: JsonSchema, isTop: boolean, resolve: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const all = partsOf(schema['allOf'], resolve);
  const choice = isTop ? partsOf(schema['anyOf'] ?? schema['oneOf'], resolve) : [];
  if (all.length === 0 && choice.length === 0) return schema;
  const properties = Object.assign(
    {},
    ...[...choice, ...all, schema].map((each) => each['properties'] ?? {}),
  ) as object;
  const required = new Set([schema, ...all].flatMap(requiredOf));
  const { allOf: _all, anyOf, oneOf, ...rest } = Object.assign({}, ...all, schema) as JsonSchema;
  const choices = isTop ? {} : { ...(anyOf === undefined ? {} : { anyOf }), ...(oneOf === undefined ? {} : { oneOf }) };
  const closed = choice.length === 0 && all.every((each) => each['additionalProperties'] !== false);
  return {
    ...rest,
    ...choices,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.size > 0 ? { required: [...required] } : {}),
    ...(closed ? {} : { additionalProperties: undefined }),
  };
}

const partsOf = (list: unknown, resolve: (schema: JsonSchema) => JsonSchema): JsonSchema[] =>
  Array.isArray(list) ? list.filter(isRecord).map(resolve) : [];

const requiredOf = (schema: JsonSchema): string[] =>
  Array.isArray(schema['required']) ? schema['required'].map(String) : [];

/** The types that a schema names. */
export function typesOf({ type }: JsonSchema): string[] {
  if (Array.isArray(type)) return type.map(String);
  return typeof type === 'string' ? [type] : [];
}

/** Whether null is a value of its own here, rather than a way to leave something out. */
export function allowsNull(schema: JsonSchema): boolean {
  if (typesOf(schema).includes('null')) return true;
  if (Array.isArray(schema['enum']) && schema['enum'].includes(null)) return true;
  return Array.isArray(schema['anyOf']) && schema['anyOf'].some((each) => isRecord(each) && allowsNull(each));
}
