import { constants, inflateRawSync } from 'node:zlib';

/** A secret that was found where it must not be. */
export interface SecretFound {
  /** What the secret is, by the name that the test gave it; never its text. */
  readonly name: string;
  readonly spelling: string;
  readonly offset: number;
}

interface Pattern {
  readonly name: string;
  readonly spelling: string;
  readonly bytes: Buffer;
}

/** Below this length a spelling would be found by chance. */
const SHORTEST = 8;
const DEEPEST = 3;

/**
 * Searches bytes for secrets, in every form in which one could have slipped out: as it is, reversed, as UTF-16, in hex, in base64
 * of every alignment, URL-encoded, escaped for JSON or HTML, and all of that within gzip or zlib data.
 *
 * One pass over the bytes for all secrets at once, so that a whole database cluster or a heap snapshot takes seconds.
 */
export class SecretScanner {
  /** By the first four bytes, as a number. */
  private readonly byStart = new Map<number, Pattern[]>();
  /** Which hashes of four bytes are the start of a pattern: rules out nearly every place without a look-up. */
  private readonly starts = new Uint8Array(0x1_0000);

  constructor(secrets: Readonly<Record<string, string>>) {
    for (const [name, secret] of Object.entries(secrets)) {
      if (secret.length < 2 * SHORTEST) throw new Error(`The secret "${name}" is too short to be searched for`);
      for (const [spelling, bytes] of spellings(secret)) this.add({ name, spelling, bytes });
    }
  }

  /** Every secret and spelling at most once, where it stands first. */
  scan(data: Buffer | string, depth = 0): SecretFound[] {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const found = new Map<Pattern, number>();
    const { starts } = this;
    let window = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      window = (window << 8) | (bytes[at] as number);
      // As in `hash`, but without a call for every byte.
      if (starts[(window ^ (window >>> 15)) & 0xffff] === 1) this.note(bytes, at - 3, window, found);
    }
    const here = [...found].map(([{ name, spelling }, offset]) => ({ name, spelling, offset }));
    return depth < DEEPEST ? [...here, ...this.scanCompressed(bytes, depth)] : here;
  }

  private note(bytes: Buffer, at: number, start: number, found: Map<Pattern, number>): void {
    for (const pattern of this.byStart.get(start) ?? [])
      if (!found.has(pattern) && matches(bytes, at, pattern.bytes)) found.set(pattern, at);
  }

  private scanCompressed(bytes: Buffer, depth: number): SecretFound[] {
    return compressedParts(bytes).flatMap(({ offset, content }) =>
      this.scan(content, depth + 1).map((one) => ({ ...one, spelling: `${one.spelling}, compressed`, offset })),
    );
  }

  private add(pattern: Pattern): void {
    const start = pattern.bytes.readInt32BE(0);
    this.starts[hash(start)] = 1;
    this.byStart.set(start, [...(this.byStart.get(start) ?? []), pattern]);
  }
}

const hash = (start: number): number => (start ^ (start >>> 15)) & 0xffff;

const matches = (bytes: Buffer, at: number, wanted: Buffer): boolean =>
  at >= 0 &&
  at + wanted.length <= bytes.length &&
  bytes.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0;

function spellings(secret: string): [string, Buffer][] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const json = JSON.stringify(secret).slice(1, -1);
  const percent = hex.replace(/../g, '%$&');
  const all: [string, Buffer][] = [
    ['raw', bytes],
    ['reversed', Buffer.from(bytes.toReversed())],
    ['utf-16', Buffer.from(secret, 'utf16le')],
    ['hex', Buffer.from(hex)],
    ['upper-case hex', Buffer.from(hex.toUpperCase())],
    ['url-encoded', Buffer.from(encodeURIComponent(secret))],
    ['percent-encoded', Buffer.from(percent)],
    ['upper-case percent-encoded', Buffer.from(percent.toUpperCase())],
    ['json', Buffer.from(json)],
    ['json in json', Buffer.from(JSON.stringify(json).slice(1, -1))],
    ['html', Buffer.from(secret.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`))],
    ...[0, 1, 2].flatMap((shift) => base64At(bytes, shift)),
  ];
  const seen = new Set<string>();
  return all.filter(([, one]) => !seen.has(one.toString('latin1')) && seen.add(one.toString('latin1')));
}

/** The characters that are the secret's own, whatever stands before and after it in the encoded text. */
function base64At(bytes: Buffer, shift: number): [string, Buffer][] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const first = Math.ceil((shift * 8) / 6);
  const last = Math.floor(((shift + bytes.length) * 8) / 6);
  const own = text.slice(first, last);
  const urlSafe = own.replaceAll('+', '-').replaceAll('/', '_');
  return [
    [`base64, shifted by ${shift}`, Buffer.from(own)],
    [`base64url, shifted by ${shift}`, Buffer.from(urlSafe)],
  ];
}

/** How compressed data begins, and how long that is: gzip as zlib writes it, zlib at each of its levels. */
const BEGINNINGS: readonly (readonly [Buffer, number])[] = [
  [Buffer.from([0x1f, 0x8b, 0x08, 0x00]), 10],
  ...[0x01, 0x5e, 0x9c, 0xda].map((level) => [Buffer.from([0x78, level]), 2] as const),
];
/** Ends the search in data that only looks compressed. */
const MOST_PARTS = 200;
const LONGEST_PART = 128 * 1024;

function compressedParts(bytes: Buffer): { offset: number; content: Buffer }[] {
  const parts: { offset: number; content: Buffer }[] = [];
  for (const [magic, length] of BEGINNINGS) {
    let tried = 0;
    for (let at = bytes.indexOf(magic); at !== -1 && tried < MOST_PARTS; at = bytes.indexOf(magic, at + 1)) {
      tried += 1;
      const content = inflate(bytes.subarray(at + length, at + length + LONGEST_PART));
      if (content !== null) parts.push({ offset: at, content });
    }
  }
  return parts;
}

/** Whatever stands behind the compressed data, and also when its end is missing. */
function inflate(bytes: Buffer): Buffer | null {
  try {
    const limits = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 32 * LONGEST_PART };
    const content = inflateRawSync(bytes, limits);
    return content.length > 0 ? content : null;
  } catch {
    return null;
  }
}
