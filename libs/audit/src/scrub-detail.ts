import type { Json } from '#app/kernel';
import { cleanText } from './clean-text.js';

/** Largest detail of one record, in bytes of JSON. */
export const MAX_DETAIL_BYTES = 32_768;
const MAX_TEXT = 4_000;
const MAX_KEY = 200;
const MAX_ENTRIES = 200;
const MAX_DEPTH = 8;
/** Room for the marks that say what was cut: a few per level. */
const RESERVE = 2_048;

const SECRET_KEY =
  /authori[sz]ation|token|secret|passw(?:or)?d|passphrase|cookie|api[-_. ]?key|private[-_. ]?key|code[-_. ]?verifier|credential/i;
/** `secret_version` or `token_expires_at` tell something about a secret and are worth keeping. */
const ABOUT_A_SECRET = /(?:version|count|type|expires[-_. ]?(?:at|in))$/i;

/** Undefined members are left out. */
export type Detail = { readonly [key: string]: Json | undefined };

/**
 * The JSON text of a record's detail, safe to store: what sits under a key that names a secret is `[redacted]`, long texts and
 * lists are cut with a mark, depth and total size are bounded.
 *
 * This is the last line, behind the manifest's redaction rules. It works by key because a value can't be told from a secret.
 */
export function detailText(detail: Detail): string {
  const text = new Scrubber(Infinity).object(detail, MAX_DEPTH);
  // A UTF-16 unit takes at most three bytes, so that ordinary records need no measuring.
  if (text.length * 3 <= MAX_DETAIL_BYTES || Buffer.byteLength(text) <= MAX_DETAIL_BYTES) return text;
  return new Scrubber(MAX_DETAIL_BYTES - RESERVE).object(detail, MAX_DEPTH);
}

/** Writes a value as JSON; with a finite budget it stops when that many bytes are used up. */
class Scrubber {
  constructor(private left: number) {}

  object(value: object, depth: number): string {
    let members = this.spend('', 3);
    let count = 0;
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
      if (inner === undefined) continue;
      if (count >= MAX_ENTRIES || this.left <= 0) {
        members += ',"[cut]":"more fields"';
        break;
      }
      const written = isSecret(key, inner) ? this.spend('"[redacted]"', 13) : null;
      members += `,${this.text(key, MAX_KEY)}:${written ?? this.value(inner, depth - 1)}`;
      count += 1;
    }
    return `{${members.slice(1)}}`;
  }

  private value(value: unknown, depth: number): string {
    if (typeof value === 'string') return this.text(value, MAX_TEXT);
    if (typeof value === 'number') return this.spend(Number.isFinite(value) ? String(value) : 'null', 24);
    if (typeof value === 'boolean') return this.spend(String(value), 6);
    if (typeof value !== 'object' || value === null) return this.spend('null', 5);
    if (depth <= 0) return this.spend('"[too deep]"', 13);
    return Array.isArray(value) ? this.list(value, depth) : this.object(value, depth);
  }

  private list(values: readonly unknown[], depth: number): string {
    let elements = this.spend('', 3);
    let count = 0;
    for (const value of values) {
      if (count >= MAX_ENTRIES || this.left <= 0) {
        elements += `,"[cut, ${values.length} in all]"`;
        break;
      }
      elements += `,${this.value(value, depth - 1)}`;
      count += 1;
    }
    return `[${elements.slice(1)}]`;
  }

  private text(text: string, max: number): string {
    if (this.left === Infinity) return quoted(text, max);
    // A character takes at most six bytes in JSON: what fits by that count fits for sure.
    const kept = quoted(text, Math.min(max, Math.max(0, Math.floor(this.left / 6))));
    return this.spend(kept, Buffer.byteLength(kept) + 2);
  }

  private spend(text: string, bytes: number): string {
    this.left -= bytes;
    return text;
  }
}

/** What JSON writes as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

const quoted = (text: string, max: number): string =>
  text.length <= max && PLAIN.test(text) ? `"${text}"` : JSON.stringify(cleanText(text, max));

const isSecret = (key: string, value: unknown): boolean =>
  value !== null && typeof value !== 'boolean' && namesSecret(key);

/** Names that were judged, as they are given: most come from manifests, so there are few of them. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 1_000;
const LONGEST_JUDGED = 100;

function namesSecret(key: string): boolean {
  const known = judged.get(key);
  if (known !== undefined) return known;
  const secret = SECRET_KEY.test(key) && !ABOUT_A_SECRET.test(key);
  if (judged.size < MOST_JUDGED && key.length <= LONGEST_JUDGED) judged.set(key, secret);
  return secret;
}
