import type { Json, JsonObject } from '#app/kernel';
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
  const text = JSON.stringify(new Scrubber(Infinity).object(detail, MAX_DEPTH));
  // A UTF-16 unit takes at most three bytes, so that ordinary records need no measuring.
  if (text.length * 3 <= MAX_DETAIL_BYTES || Buffer.byteLength(text) <= MAX_DETAIL_BYTES) return text;
  return JSON.stringify(new Scrubber(MAX_DETAIL_BYTES - RESERVE).object(detail, MAX_DEPTH));
}

/** Copies a value; with a finite budget it stops when that many bytes of JSON are used up. */
class Scrubber {
  constructor(private left: number) {}

  object(value: object, depth: number): JsonObject {
    const entries = this.spend<[string, Json][]>([], 3);
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
      if (inner === undefined) continue;
      if (entries.length >= MAX_ENTRIES || this.left <= 0) {
        entries.push(['[cut]', 'more fields']);
        break;
      }
      entries.push([
        this.text(key, MAX_KEY),
        isSecret(key, inner) ? this.spend('[redacted]', 13) : this.value(inner, depth - 1),
      ]);
    }
    // fromEntries makes own properties: a key named __proto__ stays a key
    return Object.fromEntries(entries);
  }

  private value(value: unknown, depth: number): Json {
    if (typeof value === 'string') return this.text(value, MAX_TEXT);
    if (typeof value === 'number') return this.spend(Number.isFinite(value) ? value : null, 24);
    if (typeof value === 'boolean') return this.spend(value, 6);
    if (typeof value !== 'object' || value === null) return this.spend(null, 5);
    if (depth <= 0) return this.spend('[too deep]', 13);
    return Array.isArray(value) ? this.list(value, depth) : this.object(value, depth);
  }

  private list(values: readonly unknown[], depth: number): Json[] {
    const kept = this.spend<Json[]>([], 3);
    for (const value of values) {
      if (kept.length >= MAX_ENTRIES || this.left <= 0) {
        kept.push(`[cut, ${values.length} in all]`);
        break;
      }
      kept.push(this.value(value, depth - 1));
    }
    return kept;
  }

  private text(text: string, max: number): string {
    if (this.left === Infinity) return cleanText(text, max);
    // A character takes at most six bytes in JSON: what fits by that count fits for sure.
    const kept = cleanText(text, Math.min(max, Math.max(0, Math.floor(this.left / 6))));
    return this.spend(kept, Buffer.byteLength(JSON.stringify(kept)) + 2);
  }

  private spend<T>(value: T, bytes: number): T {
    this.left -= bytes;
    return value;
  }
}

const isSecret = (key: string, value: unknown): boolean =>
  value !== null && typeof value !== 'boolean' && SECRET_KEY.test(key) && !ABOUT_A_SECRET.test(key);
