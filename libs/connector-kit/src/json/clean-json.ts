import type { Json } from '#app/kernel';
import { cleanText, clipText } from '../text/clean-text.js';
import type { Redact, TextOutlet } from '../text/text-outlet.js';
import { isJsonList, objectOf } from './json-values.js';

const MAX_DEPTH = 6;
const MAX_KEY_LENGTH = 100;

/**
 * A copy of something a stranger wrote, fit for an agent: every text and key cleaned, redacted and clipped, nothing nested
 * without end.
 */
export function cleanJson(value: Json, maxText: number, { redact }: Pick<TextOutlet, 'redact'>): Json {
  if (typeof value === 'string') return clipText(redact(cleanText(value)), maxText);
  if (typeof value !== 'object' || value === null) return value;
  return cleaned(value, maxText, redact, 0);
}

function cleaned(value: Json, maxText: number, redact: Redact, depth: number): Json {
  if (typeof value === 'string') return clipText(redact(cleanText(value)), maxText);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '… [nested too deeply]';
  if (isJsonList(value)) return value.map((item) => cleaned(item, maxText, redact, depth + 1));
  return objectOf(
    Object.entries(value).map(([key, inner]) => [
      clipText(redact(cleanText(key)), MAX_KEY_LENGTH),
      cleaned(inner, maxText, redact, depth + 1),
    ]),
  );
}
