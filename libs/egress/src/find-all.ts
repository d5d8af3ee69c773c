/** As much of a string as the search needs; a test can count how often it is read. */
export type Readable = Pick<string, 'length' | 'charCodeAt'>;

/**
 * Where `needle` occurs in `text`, without overlaps (Knuth, Morris and Pratt). Both may come from an adversary, and this reads
 * each of them a fixed number of times whatever is in them; the search built into strings does not promise that.
 */
export function findAll(text: Readable, needle: Readable): number[] {
  const found: number[] = [];
  if (needle.length === 0) return found;
  const codes = Uint16Array.from({ length: needle.length }, (_, at) => needle.charCodeAt(at));
  const borders = bordersOf(codes);
  let matched = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    while (matched > 0 && codes[matched] !== code) matched = borders[matched - 1] ?? 0;
    if (codes[matched] === code) matched += 1;
    if (matched < codes.length) continue;
    found.push(at + 1 - matched);
    matched = 0;
  }
  return found;
}

/** For each beginning of the needle: the length of its longest proper part that it both begins and ends with. */
function bordersOf(needle: Uint16Array): Uint32Array {
  const borders = new Uint32Array(needle.length);
  let length = 0;
  for (let at = 1; at < needle.length; at++) {
    const code = needle[at];
    while (length > 0 && needle[length] !== code) length = borders[length - 1] ?? 0;
    if (needle[length] === code) length += 1;
    borders[at] = length;
  }
  return borders;
}
