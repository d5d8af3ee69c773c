/** Longest text of a column, in UTF-16 units; an index can hold two of them. */
export const MAX_COLUMN_TEXT = 500;

// With the u flag a surrogate range matches only half pairs, which are no characters.
const UNSTORABLE = /[\0\uD800-\uDFFF]/u;
const NUL = /\0/g;
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu;

/**
 * Text as Postgres can hold it, at most `max` UTF-16 units long plus a note of how much was cut. NUL goes, because neither text
 * nor jsonb can hold it; half surrogate pairs become U+FFFD. One unstorable character would fail the whole batch it is in, and
 * with it the calls of everyone else.
 */
export function cleanText(text: string, max: number): string {
  const kept = text.length > max ? `${text.slice(0, max)}… [cut, ${text.length} characters in all]` : text;
  if (!UNSTORABLE.test(kept)) return kept;
  return kept.replace(NUL, '').replace(LONE_SURROGATE, '\uFFFD');
}
