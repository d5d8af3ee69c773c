import { cleanLine, cleanText, clipText } from './clean-text.js';

describe('cleanText', () => {
  it.each([
    ['zero-width characters', 'pass\u200bword\u2060\ufeff', 'password'],
    ['bidirectional overrides', 'invoice\u202egpj.exe\u2066x\u2069', 'invoicegpj.exex'],
    ['tag characters, which some models read', `hi${String.fromCodePoint(0xe0069, 0xe0067)}`, 'hi'],
    ['supplementary variation selectors, which smuggle bytes', `a${String.fromCodePoint(0xe0100, 0xe01ef)}b`, 'ab'],
    ['control characters', 'a\u0000b\u001b[31mc\u009bd', 'ab[31mcd'],
    ['soft hyphens and joiners between letters', 're\u00adset\u200dting', 'resetting'],
  ])('removes %s', (_, given, expected) => {
    expect(cleanText(given)).toBe(expected);
  });

  it('keeps line ends as \\n, tabs, letters of all scripts and whole emoji', () => {
    const text = 'a\tb\nمرحبا 日本語 e\u0301 👨‍👩‍👧 ❤️ 👩🏽‍🚀';
    expect(cleanText(text)).toBe(text);
    expect(cleanText('a\r\nb\rc\u2028d')).toBe('a\nb\nc\nd');
  });

  it.each(['\u007f', '\u200b', '\u{e0069}'])('removes millions of %j in a row', (character) => {
    expect(cleanText(`a${character.repeat(2_000_000)}b`)).toBe('ab');
  });

  it('keeps thousands of emoji in a row', () => {
    expect(cleanText('👩🏽‍🚀'.repeat(5000))).toBe('👩🏽‍🚀'.repeat(5000));
  });

  it('makes lone surrogates visible instead of passing broken Unicode on', () => {
    expect(cleanText('a\ud800b')).toBe('a\ufffdb');
    expect(cleanText('😀')).toBe('😀');
  });
});

describe('clipText', () => {
  it('says how much was cut', () => {
    expect(clipText('x'.repeat(12), 10)).toBe(`${'x'.repeat(10)}… [2 more characters]`);
    expect(clipText('x'.repeat(10), 10)).toBe('x'.repeat(10));
  });

  it('does not cut a character in half', () => {
    expect(clipText('ab😀cd', 3)).toBe('ab… [4 more characters]');
  });
});

describe('cleanLine', () => {
  it('makes one line of anything', () => {
    expect(cleanLine(' a\r\n b\u0000\tc ', 100)).toBe('a b c');
  });

  it('redacts what is there once it is clean, before it cuts', () => {
    const redact = (text: string) => text.replaceAll('credential', '*');
    expect(cleanLine('my cre\u200bden\u2060tial and more', 6, redact)).toBe('my * a… [7 more characters]');
  });
});
