import type { Json } from '#app/kernel';
import { cleanText, clipText } from '../text/clean-text.js';
import { isJsonList, objectOf } from './json-values.js';

const MAX_DEPTH = 6;
const MAX_KEY_LENGTH = 100;

/** A copy of something a stranger wrote, fit for an agent: every text cleaned and clipped, nothing nested without end. */
export function cleanJson(value: Json, maxText: number, depth = 0): Json {
  if (typeof value === 'string') return clipText(cleanText(value), maxText);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '… [nested too deeply]';
  if (isJsonList(value)) return value.map((item) => cleanJson(item, maxText, depth + 1));
  return objectOf(
    Object.entries(value).map(([key, inner]) => [
      clipText(cleanText(key), MAX_KEY_LENGTH),
      cleanJson(inner, maxText, depth + 1),
    ]),
  );
}
