import type { OpenApiSchema } from './description.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The `$id` of the document that holds every component schema. */
export const COMPONENTS_ID = 'components';

type Components = Readonly<Record<string, OpenApiSchema>>;

const REF_PREFIX = '#/components/schemas/';
/** Kept as they are; everything else is either handled below or means nothing to a validator. */
const KEPT = [
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'required',
] as const;

/**
 * Turns a schema of OpenAPI 3.0 into JSON Schema: `nullable` becomes a type (also beside `$ref`, where the letter of the
 * standard would ignore it), `allOf` is merged into one object, and an object takes only the properties it declares, so that
 * nothing undeclared slips through in either direction.
 */
export function toJsonSchema(schema: OpenApiSchema, components: Components): JsonSchema {
  if (Array.isArray(schema.allOf)) return toJsonSchema(mergeAllOf(schema, components), components);
  if (typeof schema.$ref === 'string') {
    return nullableIf(schema, { $ref: `${COMPONENTS_ID}#/definitions/${nameOf(schema.$ref)}` });
  }
  for (const key of ['oneOf', 'anyOf'] as const) {
    const branches = schema[key];
    if (Array.isArray(branches)) {
      return nullableIf(schema, {
        [key]: (branches as OpenApiSchema[]).map((branch) => toJsonSchema(branch, components)),
      });
    }
  }
  return nullableIf(schema, plain(schema, components));
}

function plain(schema: OpenApiSchema, components: Components): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const key of KEPT) if (schema[key] !== undefined) result[key] = schema[key];
  if (schema.type !== undefined) result.type = schema.type;
  // On integers `format: date-time` only says what the number means.
  if (schema.type === 'string' && typeof schema.format === 'string') result.format = schema.format;
  if (schema.items !== undefined) result.items = toJsonSchema(schema.items as OpenApiSchema, components);
  if (schema.properties !== undefined) result.properties = convertAll(schema.properties as Components, components);
  const additional = schema.additionalProperties;
  if (typeof additional === 'object' && additional !== null) {
    result.additionalProperties = toJsonSchema(additional as OpenApiSchema, components);
  } else if (schema.properties !== undefined) {
    result.additionalProperties = additional === true;
  }
  return result;
}

export function convertAll(schemas: Components, components: Components): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, toJsonSchema(schema, components)]));
}

/** One object schema with the properties and requirements of all branches, and of what stands beside `allOf`. */
function mergeAllOf(schema: OpenApiSchema, components: Components): OpenApiSchema {
  const { allOf, ...beside } = schema;
  const branches = [...(allOf as OpenApiSchema[]), beside].map((branch) => resolve(branch, components));
  const merged: Record<string, unknown> = {};
  for (const branch of branches) {
    Object.assign(merged, branch, {
      properties: { ...(merged.properties as object), ...(branch.properties as object) },
      required: [
        ...((merged.required as string[] | undefined) ?? []),
        ...((branch.required as string[] | undefined) ?? []),
      ],
    });
  }
  return { ...merged, nullable: schema.nullable === true };
}

function resolve(schema: OpenApiSchema, components: Components): OpenApiSchema {
  const target = typeof schema.$ref === 'string' ? (components[nameOf(schema.$ref)] ?? {}) : schema;
  return Array.isArray(target.allOf) ? mergeAllOf(target, components) : target;
}

function nullableIf(schema: OpenApiSchema, converted: JsonSchema): JsonSchema {
  if (schema.nullable !== true) return converted;
  if (typeof converted.type !== 'string') return { anyOf: [{ type: 'null' }, converted] };
  const choices = Array.isArray(converted.enum) ? { enum: [...(converted.enum as unknown[]), null] } : {};
  return { ...converted, ...choices, type: [converted.type, 'null'] };
}

function nameOf(ref: string): string {
  return ref.slice(REF_PREFIX.length);
}
