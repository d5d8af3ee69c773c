/** What JSON writers in use escape beyond what they must: Go and Rails, PHP, Gson, .NET, and one that takes no risk. */
const ESCAPED_IN_JSON = [/[<>&]/g, /[<>&'"]/g, /[<>&=']/g, /[+<>&'"`\u0080-\uffff]/g, /[^\w.~-]/g];

/**
 * The ways in which a secret may be written where it is echoed: as it is, as JSON (also HTML-safe JSON, also JSON within JSON),
 * in a URL and in a form. Fixed texts, so that finding them is a plain search; longest first, so that none is found inside of
 * another. What is escaped in ways not listed here is found once it has been decoded, by `redactorOf`.
 */
export function spellingsOf(secret: string): string[] {
  const json = jsonSpellings(secret);
  const all = [secret, ...json, ...json.map((text) => quoted(text)), ...urlSpellings(secret)];
  return [...new Set(all)].toSorted((a, b) => b.length - a.length);
}

function jsonSpellings(secret: string): string[] {
  const escaped = ESCAPED_IN_JSON.flatMap((characters) => [
    escapedJson(secret, characters, (digits) => digits),
    escapedJson(secret, characters, (digits) => digits.toUpperCase()),
  ]);
  return [quoted(secret), ...escaped].flatMap((text) => [text, text.replaceAll('/', '\\/')]);
}

/** JSON in which each of `characters` is written as `\u00XX`. */
function escapedJson(secret: string, characters: RegExp, write: (digits: string) => string): string {
  let json = '';
  let last = 0;
  for (const { index, 0: character } of secret.matchAll(characters)) {
    const digits = character.charCodeAt(0).toString(16).padStart(4, '0');
    json += `${quoted(secret.slice(last, index))}\\u${write(digits)}`;
    last = index + 1;
  }
  return json + quoted(secret.slice(last));
}

const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

function urlSpellings(secret: string): string[] {
  const bytes = [...Buffer.from(secret)].map((byte) => [String.fromCharCode(byte), percent(byte)] as const);
  const upper = [
    // What encodeURIComponent keeps, what RFC 3986 keeps, and a form
    bytes.map(([character, code]) => (/[\w.!~*'()-]/.test(character) ? character : code)).join(''),
    bytes.map(([character, code]) => (/[\w.~-]/.test(character) ? character : code)).join(''),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ];
  return upper.flatMap((text) => [text, text.replace(/%../g, (code) => code.toLowerCase())]);
}

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
