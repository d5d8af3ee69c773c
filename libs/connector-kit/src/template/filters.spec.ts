import { TextOutlet } from '../text/text-outlet.js';
import { FILTERS } from './filters.js';
import { UnusableValue } from './unusable-value.js';

function apply(name: string, value: Parameters<NonNullable<(typeof FILTERS)[string]>['apply']>[0], argument = '') {
  return FILTERS[name]?.apply(value, argument, {
    now: Date.parse('2026-11-23T12:00:00Z'),
    outlet: new TextOutlet((text) => text.replaceAll('credential', '[redacted]')),
  });
}

describe('the filter', () => {
  it('int gives integers and never a number that lost digits', () => {
    expect(apply('int', '991267715')).toBe(991_267_715);
    expect(apply('int', '9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    for (const value of ['9007199254740993', '1.5', '1e3', ' 1', '', 'abc', 1.5, true]) {
      expect(() => apply('int', value)).toThrow(UnusableValue);
    }
  });

  it('iso gives UTC times, and null for what is no time', () => {
    expect(apply('iso', 1_734_537_561)).toBe('2024-12-18T15:59:21Z');
    expect(apply('iso', '1734537561')).toBe('2024-12-18T15:59:21Z');
    for (const value of ['soon', 1e15, true, ['1']]) expect(apply('iso', value)).toBeNull();
  });

  it('unless gives null for one value, whatever its type', () => {
    expect(apply('unless', 0, '0')).toBeNull();
    expect(apply('unless', '0', '0')).toBeNull();
    expect(apply('unless', 10, '0')).toBe(10);
  });

  it('string, lower, count and clip do what they say', () => {
    expect(apply('string', 7)).toBe('7');
    expect(apply('lower', 'US')).toBe('us');
    expect(apply('count', ['a', 'b'])).toBe(2);
    expect(apply('count', 'ab')).toBeNull();
    expect(apply('clip', 'a\u200bbcd', '2')).toBe('ab… [2 more characters]');
  });

  it('clip redacts before it cuts, so that no half of a credential is left', () => {
    expect(apply('clip', 'my cre\u200bdential', '8')).toBe('my [reda… [5 more characters]');
  });
});
