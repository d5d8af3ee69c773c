/** A JSON Schema, as plain data. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string', minLength: 1, maxLength: 2000 };

/** A JSON path into an answer. */
export const path: Schema = { type: 'string', pattern: '^\\$(\\.[A-Za-z0-9_-]+)*$' };

/** An https URL, with variables in it. */
export const url: Schema = { type: 'string', pattern: '^https://[^\\s]+$' };

/** An object with these properties and no others. */
export function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required: [...required], additionalProperties: false };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items, minItems: 1 };
}

/** An object whose keys are the author's. */
export function mapOf(values: Schema, keyPattern: string): Schema {
  return { type: 'object', propertyNames: { pattern: keyPattern }, additionalProperties: values };
}
