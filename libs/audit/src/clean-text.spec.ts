import { cleanText } from './clean-text.js';

describe('cleanText', () => {
  it('leaves ordinary, hostile-looking and astral text as it is', () => {
    const text = 'Ünïcödé 👩‍👩‍👧 \r\n\t\u001b[31mred\u001b[0m "quoted" \\ {} | = \u0007';
    expect(cleanText(text, 1_000)).toBe(text);
  });

  it('drops NUL and replaces half surrogate pairs', () => {
    expect(cleanText('a\0b\uD800c\uDC00', 100)).toBe('ab\uFFFDc\uFFFD');
  });

  it('cuts long text with a mark, also through the middle of a character', () => {
    expect(cleanText('abcdef', 3)).toBe('abc… [cut, 6 characters in all]');
    expect(cleanText('ab👍cd', 3)).toBe('ab\uFFFD… [cut, 6 characters in all]');
  });

  it('keeps text of exactly the largest length', () => {
    expect(cleanText('abc', 3)).toBe('abc');
  });
});
