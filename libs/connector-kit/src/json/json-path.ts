import type { Json } from '#app/kernel';

/** Steps from a root to a value: `$.pages.next` is `['pages', 'next']`, `$` is `[]`. */
export type JsonPath = readonly string[];

const PATH = /^\$(?:\.[A-Za-z0-9_-]+)*$/;

/** Reads `$`, `$.a.b` or `$.items.0.id`; null when the text isn't a path. */
export function parseJsonPath(text: string): JsonPath | null {
  return PATH.test(text) ? text.split('.').slice(1) : null;
}

/**
 * The value at a path, undefined where there is none. Only own properties count, so that neither a path nor a hostile answer
 * can reach `constructor` or `__proto__`.
 */
export function valueAt(root: unknown, path: JsonPath): Json | undefined {
  let value: unknown = root;
  for (const name of path) {
    if (!isContainer(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return isJson(value) ? value : undefined;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What is walked here is parsed JSON, or a scope that holds nothing else. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}
