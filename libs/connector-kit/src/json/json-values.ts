import type { Json, JsonObject } from '#app/kernel';

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Unlike `Array.isArray`, this keeps the type of the elements. */
export function isJsonList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** A text, number or switch as text; null for anything else, however deeply nested it may be. */
export function scalarText(value: Json | undefined): string | null {
  return typeof value === 'object' || value === undefined ? null : String(value);
}

/** A value as text: a text as it is, a number or a switch by its digits or name, anything else as JSON; empty when absent. */
export function textOf(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * An object from entries, without the key `__proto__`: assigned it would change the prototype of the copy.
 */
export function objectOf(entries: Iterable<readonly [string, Json]>): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of entries) if (key !== '__proto__') result[key] = value;
  return result;
}

/** A copy in which the value at `path` is replaced, with the objects on the way made where they are missing. */
export function withValueAt(root: Json | undefined, path: readonly string[], value: Json): Json {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const object = isJsonObject(root) ? root : {};
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  return { ...object, [name]: withValueAt(inner, rest, value) };
}
