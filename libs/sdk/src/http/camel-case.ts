/** Members that hold what a connector, a tool or an event brings: handed on untouched. */
const FOREIGN = new Set(['definition', 'data', 'detail', 'metadata', 'params']);

/** An answer with its members in the spelling of TypeScript: `next_page_token` becomes `nextPageToken`. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
      FOREIGN.has(name) ? inner : camelCased(inner),
    ]),
  );
}
