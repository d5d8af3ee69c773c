/** A JSON object of a request that nobody has checked yet. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list; none for anything else. */
export const objectsIn = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

export const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** A text, or the texts of a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return objectsIn(content)
    .map((part) => part['text'] ?? part['output'])
    .filter((text): text is string => typeof text === 'string' && text !== '')
    .join('\n');
}

/** The values of a list from behind the last one that fits. */
export function after<T>(list: readonly T[], fits: (each: T) => boolean): T[] {
  return list.slice(list.findLastIndex(fits) + 1);
}
