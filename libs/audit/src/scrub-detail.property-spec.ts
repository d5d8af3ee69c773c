import fc from 'fast-check';
import type { JsonObject } from '#app/kernel';
import { detailText, MAX_DETAIL_BYTES } from './scrub-detail.js';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const bigText = fc.tuple(anyText, fc.integer({ min: 1, max: 400 })).map(([text, times]) => text.repeat(times));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    fc.oneof(anyText, bigText, fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 8 }),
    fc.dictionary(anyText, tie('tree'), { maxKeys: 8 }),
  ),
}));

describe('detailText', () => {
  it('A7 makes of any value a JSON object that Postgres can store, within the limit', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, tree), (detail) => {
        const text = detailText(detail as JsonObject);
        expect(typeof JSON.parse(text)).toBe('object');
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
        // An escaped NUL or half pair; an even number of backslashes before it would be text that only looks like one.
        expect(text).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i);
      }),
      { numRuns: 60 },
    );
  });

  it('lets no value under a secret key through, whatever surrounds it', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const detail = {
          before,
          list: [{ access_token: 'canary-7f3a' }],
          nested: { after, password: ['canary-7f3a'] },
        };
        expect(detailText(detail as JsonObject)).not.toContain('canary-7f3a');
      }),
      { numRuns: 40 },
    );
  });
});
