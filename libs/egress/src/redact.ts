import type { Secret } from '#app/kernel';
import type { EgressResponse } from './egress-request.js';
import { findAll } from './find-all.js';
import { spellingsOf } from './spellings.js';

const MARK = '[redacted]';
/** Shorter than any credential worth the name; redacting it would only tear holes into ordinary text. */
const SHORTEST_SECRET = 6;
/** No common encoding of text writes these in another way. */
const PLAIN_RUNS = /[\w.-]+/g;
/** Enough to rule almost every text out, and so short that no text makes looking for it slow. */
const PROBE_LENGTH = 16;

/** The response with every secret that the request carried replaced by `[redacted]`, in body and headers. */
export function redactResponse(response: EgressResponse, secrets: readonly string[]): EgressResponse {
  let { headers, body } = response;
  for (const needle of needlesOf(secrets, latin1Of)) {
    if (needle.mayBeIn(body)) body = redactBody(body, needle);
    for (const name in headers) {
      const value = headers[name] ?? '';
      if (needle.mayBeIn(value)) headers = { ...headers, [name]: needle.redact(value) };
    }
  }
  return { status: response.status, headers, body };
}

/**
 * A function that replaces these secrets by `[redacted]` in a text. For what is read out of an answer: decoding JSON, HTML and
 * the like can bring a secret to light that was not to be seen in the bytes. It holds the secrets, and shows them to nobody.
 */
export function redactorOf(secrets: readonly Secret[]): (text: string) => string {
  const needles = needlesOf(
    secrets.map((secret) => secret.reveal()),
    (text) => text,
  );
  return (text) => {
    let redacted = text;
    for (const needle of needles) redacted = needle.redact(redacted);
    return redacted;
  };
}

/** Latin-1 keeps every byte as one character, so what isn't text comes out as it went in. */
const redactBody = (body: Buffer, needle: Needle): Buffer => {
  const text = body.toString('latin1');
  const redacted = needle.redact(text);
  return redacted === text ? body : Buffer.from(redacted, 'latin1');
};

const latin1Of = (text: string): string => Buffer.from(text).toString('latin1');

const needlesOf = (secrets: readonly string[], write: (text: string) => string): Needle[] =>
  secrets.filter(({ length }) => length >= SHORTEST_SECRET).map((secret) => new Needle(secret, write));

/** One secret, to be found in all its spellings. */
class Needle {
  private readonly probe: string;
  /** Almost no text makes them necessary. */
  private spellings: readonly string[] | null = null;

  constructor(
    private readonly secret: string,
    /** How a spelling is written in the texts that are searched. */
    private readonly write: (text: string) => string,
  ) {
    this.probe = longestPlainRun(secret).slice(0, PROBE_LENGTH);
  }

  mayBeIn(text: string | Buffer): boolean {
    return text.length >= this.secret.length && text.includes(this.probe);
  }

  redact(text: string): string {
    if (!this.mayBeIn(text)) return text;
    this.spellings ??= spellingsOf(this.secret).map(this.write);
    return this.spellings.reduce((left, spelling) => this.replaceAll(left, spelling), text);
  }

  private replaceAll(text: string, spelling: string): string {
    return text.includes(distinctPart(spelling, this.secret)) ? replaceAll(text, spelling) : text;
  }
}

/** The part of a spelling that a text without it is unlikely to have: where it first differs from the secret itself. */
function distinctPart(spelling: string, secret: string): string {
  let at = 0;
  while (at < spelling.length && spelling.charCodeAt(at) === secret.charCodeAt(at)) at++;
  const start = at === spelling.length ? 0 : at;
  return spelling.slice(start, start + PROBE_LENGTH);
}

/** The longest part of a secret that reads the same in every spelling; empty (found everywhere) when it has none. */
const longestPlainRun = (secret: string): string =>
  (secret.match(PLAIN_RUNS) ?? ['']).reduce((longest, run) => (run.length > longest.length ? run : longest));

function replaceAll(text: string, spelling: string): string {
  const parts: string[] = [];
  let end = 0;
  for (const start of findAll(text, spelling)) {
    parts.push(text.slice(end, start), MARK);
    end = start + spelling.length;
  }
  return end === 0 ? text : parts.join('') + text.slice(end);
}
