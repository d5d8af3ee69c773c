import fc from 'fast-check';
import { parseJson } from './parse-json.js';

describe('parseJson', () => {
  it('keeps every digit of integers beyond 2^53, as text', () => {
    expect(parseJson('{"id":12345678901234567890,"n":[-9007199254740993]}')).toEqual({
      id: '12345678901234567890',
      n: ['-9007199254740993'],
    });
  });

  it.each([
    '12345678901234567890',
    '[12345678901234567890]',
    '{"a":-12345678901234567890}',
    '[1,\n 12345678901234567890]',
  ])('sees the long integer in %s', (text) => {
    expect(JSON.stringify(parseJson(text))).toMatch(/"-?12345678901234567890"/);
  });

  it('leaves numbers that fit, and digits inside of texts, as they are', () => {
    const text =
      '{"id":215473000001009,"max":9007199254740991,"s":"id 12345678901234567890 \\" 12345678901234567891","f":1.5e300}';
    expect(parseJson(text)).toEqual({
      id: 215_473_000_001_009,
      max: Number.MAX_SAFE_INTEGER,
      s: 'id 12345678901234567890 " 12345678901234567891',
      f: 1.5e300,
    });
  });

  it('accepts nothing that is not JSON', () => {
    expect(() => parseJson('{12345678901234567890: 1}')).toThrow(SyntaxError);
    expect(() => parseJson('[1 12345678901234567890]')).toThrow(SyntaxError);
  });

  it('reads everything else as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/\d{16}/.test(text));
        expect(parseJson(`["1234567890123456", ${text}]`)).toEqual(['1234567890123456', JSON.parse(text)]);
      }),
    );
  });
});
