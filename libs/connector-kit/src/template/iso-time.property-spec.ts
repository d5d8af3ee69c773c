import fc from 'fast-check';
import { isoTime } from './iso-time.js';

const LAST = 8.64e12;

describe('isoTime', () => {
  it('writes every second as a Date does', () => {
    const seconds = fc.oneof(fc.integer({ min: -LAST, max: LAST }), fc.integer({ min: -1e5, max: 4e9 }));
    fc.assert(
      fc.property(seconds, (second) => {
        expect(isoTime(second)).toBe(new Date(second * 1_000).toISOString().replace('.000Z', 'Z'));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([-LAST, LAST])('knows the end of time: %p', (second) => {
    expect(isoTime(second)).toBe(new Date(second * 1_000).toISOString().replace('.000Z', 'Z'));
    expect(isoTime(second * 1.1)).toBeNull();
    expect(isoTime(Number.NaN)).toBeNull();
  });
});
