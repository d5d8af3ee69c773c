import fc from 'fast-check';
import { acme, toolOf } from '../../test/acme.js';
import { call, FakeProvider, json } from '../../test/fake-provider.js';
import { validateArguments } from './validate-arguments.js';

const CONNECTOR = acme();
const NOTE = toolOf(CONNECTOR, 'acme_item_note');

describe('P2 canonical arguments', () => {
  it('P2 a __proto__ key neither passes nor changes anything', () => {
    const given: unknown = JSON.parse('{"item_id":"1","text":"x","__proto__":{"public":true},"constructor":1}');
    const result = validateArguments(NOTE, given);
    expect(result.ok ? [] : result.errors.map(({ field }) => field)).toEqual([
      'params.__proto__',
      'params.constructor',
    ]);
    expect(({} as { public?: boolean }).public).toBeUndefined();
  });

  it('P2 what passes has exactly the declared fields, of the declared types', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('1', 1, ['1'], { id: '1' }, true, 'true', '１', '1\n', '1.0'),
    );
    const given = fc.dictionary(
      fc.constantFrom('item_id', 'text', 'public', 'owner', 'itemId', '__proto__', 'item_id '),
      value,
    );
    fc.assert(
      fc.property(given, (params) => {
        const result = validateArguments(NOTE, params);
        if (!result.ok) return;
        for (const [name, type] of [
          ['item_id', 'string'],
          ['text', 'string'],
          ['public', 'boolean'],
        ] as const) {
          expect(typeof result.args[name]).toBe(type);
        }
        expect(result.args.item_id).toMatch(/^[0-9]{1,20}$/);
        expect(Object.keys(params).every((name) => name in result.args || params[name] === null)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('P2 what was checked is byte for byte what is sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), async (text) => {
        fc.pre(/\S/.test(text));
        const provider = new FakeProvider(json(200, { id: '9' }));
        await call(CONNECTOR, 'acme_item_note', { item_id: '1', text }, provider);
        expect(provider.bodies).toEqual([{ text, public: false, author: '77' }]);
      }),
    );
  });

  it('E2 arguments change neither method nor path nor headers', async () => {
    const plain = new FakeProvider(json(200, { id: '9' }));
    await call(CONNECTOR, 'acme_item_note', { item_id: '1', text: 'x' }, plain);
    const [expected] = plain.requests;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), fc.boolean(), async (text, on) => {
        fc.pre(/\S/.test(text));
        const provider = new FakeProvider(json(200, { id: '9' }));
        await call(CONNECTOR, 'acme_item_note', { item_id: '1', text, public: on }, provider);
        expect({ ...provider.requests[0], body: undefined }).toEqual({ ...expected, body: undefined });
      }),
    );
  });
});
