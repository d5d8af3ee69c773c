import type { Json } from '#app/kernel';

/** A string, taken whole so that digits inside of it are left alone, or a number. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?\d+$/;
/** Asked of every answer, so it looks only where a number can begin; digits inside of a text cost no more than the second pass. */
const MAY_HOLD_LONG_INTEGER = /(?:^|[^"\d])\d{16}/;

/**
 * Parses JSON without losing digits: an integer beyond 2^53 becomes a string. Ids of some providers are that long, and
 * `JSON.parse` would silently turn one into its neighbour's (Node 20 has no reviver that sees the source text).
 *
 * @throws SyntaxError when the text isn't JSON
 */
export function parseJson(text: string): Json {
  const plain: Json = JSON.parse(text);
  if (!MAY_HOLD_LONG_INTEGER.test(text)) return plain;
  // The text is known to be valid here, so quoting number tokens cannot turn nonsense into JSON.
  const exact: Json = JSON.parse(text.replace(TOKENS, quoteLongInteger));
  return exact;
}

function quoteLongInteger(token: string): string {
  return INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;
}
