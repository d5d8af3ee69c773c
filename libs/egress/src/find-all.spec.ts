import { assert, constantFrom, property, string } from 'fast-check';
import { findAll, type Readable } from './find-all.js';

/** A text that counts how often it is read. */
class Counted implements Readable {
  reads = 0;

  constructor(private readonly text: string) {}

  get length(): number {
    return this.text.length;
  }

  charCodeAt(at: number): number {
    this.reads += 1;
    return this.text.charCodeAt(at);
  }
}

function naive(text: string, needle: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) found.push(at);
  return found;
}

describe('findAll', () => {
  it('finds what the search built into strings finds', () => {
    const few = (maxLength: number, minLength = 0) =>
      string({ unit: constantFrom('a', 'b', '\\'), minLength, maxLength });
    assert(
      property(few(200), few(6, 1), (text, needle) => {
        expect(findAll(text, needle)).toEqual(naive(text, needle));
      }),
    );
  });

  it('finds nothing where nothing is looked for', () => {
    expect(findAll('abc', '')).toEqual([]);
  });

  it.each([
    ['all alike', 'a'.repeat(50_000), 'a'.repeat(4_000)],
    ['almost a match, everywhere', 'a'.repeat(50_000), `b${'a'.repeat(4_000)}`],
    ['a match but for the end, everywhere', 'a'.repeat(50_000), `${'a'.repeat(4_000)}b`],
    ['backslashes that could part in many ways', '\\\\!'.repeat(20_000), `${'\\!'.repeat(2_000)}zzz`],
    ['periods within periods', 'aab'.repeat(20_000), `${'aabaab'.repeat(500)}aac`],
  ])('V11 reads text and secret a fixed number of times: %s', (_, haystack, wanted) => {
    const text = new Counted(haystack);
    const needle = new Counted(wanted);
    findAll(text, needle);
    expect(text.reads).toBe(haystack.length);
    expect(needle.reads).toBe(wanted.length);
  });
});
