import type { EgressResponse } from './egress-request.js';

const MARK = '[redacted]';
/** Shorter than any credential worth the name; redacting it would only tear holes into ordinary text. */
const SHORTEST_SECRET = 6;
/** No common encoding of text writes these in another way. */
const PLAIN_RUNS = /[\w.-]+/g;
const PARTS = /[\w.-]+|\\+|./gsu;

/** The response with every secret that the request carried replaced by `[redacted]`, in body and headers. */
export function redactResponse(response: EgressResponse, secrets: readonly string[]): EgressResponse {
  let { headers, body } = response;
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    const run = longestPlainRun(secret);
    // Almost always nothing is found: one scan, and no pattern is built
    if (body.includes(run)) body = redactBody(body, secret);
    for (const name in headers)
      if (headers[name]?.includes(run)) headers = { ...headers, [name]: redactText(headers[name], secret) };
  }
  return { status: response.status, headers, body };
}

/** The longest part of a secret that reads the same in every form; empty (found everywhere) when it has none. */
const longestPlainRun = (secret: string): string =>
  (secret.match(PLAIN_RUNS) ?? ['']).reduce((longest, run) => (run.length > longest.length ? run : longest));

/** Latin-1 keeps every byte as one character, so what isn't text comes out as it went in. */
const redactBody = (body: Buffer, secret: string): Buffer =>
  Buffer.from(redactText(body.toString('latin1'), secret), 'latin1');

const redactText = (text: string, secret: string): string =>
  text.replace(new RegExp(secret.replace(PARTS, patternOf), 'g'), MARK);

/** Backslashes put before a character by up to three levels of JSON in JSON. Bounded, so that no answer can make matching slow. */
const SOME = '\\\\{1,7}';
const ANY = '\\\\{0,7}';

/** Matches a part of a secret as it is, and as JSON (also HTML-safe JSON, also JSON in JSON) and URLs may escape it. */
function patternOf(part: string): string {
  if (/^[\w.-]/.test(part)) return literal(part);
  const times = `{${part.length}}`;
  if (part.startsWith('\\'))
    return `(?:\\\\{${part.length},${8 * part.length}}|(?:${ANY}u005[cC])${times}|(?:%5[cC])${times})`;
  const unicode = Array.from({ length: part.length }, (_, i) => `${SOME}u${anyCase(hex(part.charCodeAt(i), 4))}`).join(
    '',
  );
  const percent = Array.from(Buffer.from(part), (byte) => `%${anyCase(hex(byte, 2))}`).join('');
  const letter = /^\\[bfnrt]$/.test(jsonOf(part)) ? [`${SOME}${jsonOf(part).charAt(1)}`] : [];
  const plus = part === ' ' ? ['\\+'] : [];
  return `(?:${[`${ANY}${literal(latin1Of(part))}`, unicode, percent, ...letter, ...plus].join('|')})`;
}

const jsonOf = (text: string): string => JSON.stringify(text).slice(1, -1);
const latin1Of = (text: string): string => Buffer.from(text).toString('latin1');
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const anyCase = (digits: string): string => digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
