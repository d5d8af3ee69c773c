import type { Redact } from './text-outlet.js';

/**
 * Characters nobody sees: zero-width and bidirectional controls, tags, variation selectors, C0 and C1. They hide instructions
 * from the person who reads along, or turn the text they see around.
 */
const INVISIBLE = /(?![\n\t])[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cc}\uFFF9-\uFFFB]/u;
/** An emoji with the joiners and selectors that belong to it: the one place where invisible characters show. */
const EMOJI =
  /\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]?(?:\u200D\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]?)*/u;
/**
 * Runs of either, the emoji captured: a replacement without a function, made once per run, is ten times as fast, and megabytes of
 * nothing else may come in. Of bounded length, since the expression engine keeps a note per repetition.
 */
const EMOJI_OR_INVISIBLE = new RegExp(`((?:${EMOJI.source}){1,1000})|(?:${INVISIBLE.source}){1,1000}`, 'gu');
/** Most texts are of this kind, and need no look at each character. */
const PLAIN = /^[\x20-\x7e\n\t]*$/;
const LINE_ENDS = /\r\n?|\u2028|\u2029/g;
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu;

/** Text as a person would see it: no invisible characters, `\n` as the only line end, well-formed Unicode. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(LINE_ENDS, '\n').replace(EMOJI_OR_INVISIBLE, '$1').replace(LONE_SURROGATE, '\uFFFD');
}

/**
 * One line of clean text, for messages of ours that quote a stranger. What `redact` takes out is found in the clean text, and
 * before a part of it is cut off.
 */
export function cleanLine(text: string, maxLength: number, redact: Redact = (clean) => clean): string {
  return clipText(redact(cleanText(text)).replace(/\s+/g, ' ').trim(), maxLength);
}

/** Text of at most `maxLength` UTF-16 units, and a marker that says how many more there were. */
export function clipText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  // A cut inside of a surrogate pair would leave half a character.
  const cut = /[\uD800-\uDBFF]/.test(text.charAt(maxLength - 1)) ? maxLength - 1 : maxLength;
  return `${text.slice(0, cut)}… [${text.length - cut} more characters]`;
}
