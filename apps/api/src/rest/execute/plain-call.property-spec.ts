import fc from 'fast-check';
import { createValidationPipe } from '../validation.js';
import { ExecuteToolDto } from './execute.dto.js';
import { isPlainCall } from './plain-call.js';

const pipe = createValidationPipe();
const judge = (body: unknown): Promise<ExecuteToolDto> =>
  pipe.transform(body, { type: 'body', metatype: ExecuteToolDto }) as Promise<ExecuteToolDto>;

const anyText = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 120 }));
const json = fc.jsonValue({ maxDepth: 2 });
const field = fc.oneof({ weight: 4, arbitrary: anyText }, { weight: 1, arbitrary: json });
const accountId = fc.stringMatching(/^ca_[0-9A-Z]{25,27}$/);

/** What fits, more often than not: of bodies that are refused at once, thousands would be made for each that says something. */
const mostly = (fitting: fc.Arbitrary<unknown>, any: fc.Arbitrary<unknown> = field): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: fitting }, { weight: 1, arbitrary: any });
/** Also of about as many characters as are allowed. */
const upTo = (most: number): fc.Arbitrary<unknown> =>
  mostly(fc.oneof(fc.string({ maxLength: most }), fc.string({ minLength: most - 3, maxLength: most + 3 })));

/** Calls as clients make them, and a little beside: every field may be wrong in its own way. */
const FIELDS = {
  tool_name: upTo(100),
  identifier: upTo(100),
  params: mostly(fc.dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 4 }), json),
  connected_account_id: mostly(accountId),
  connector: upTo(400),
  organization_id: upTo(32),
  user_id: mostly(fc.constantFrom('', null, [], {})),
  agent_run_id: upTo(255),
  toolset: mostly(fc.array(upTo(100), { maxLength: 4 }), json),
};
const named = fc.record(FIELDS, { requiredKeys: ['tool_name'] });
const bodies = fc.record(FIELDS, { requiredKeys: [] });
const withMore = fc.record({ ...FIELDS, other: json }, { requiredKeys: [] });
const anything = fc.oneof({ weight: 5, arbitrary: named }, bodies, withMore, json);

describe('isPlainCall', () => {
  it('accepts nothing that the rules of the DTO refuse', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        fc.pre(isPlainCall(body));
        accepted += 1;
        const given: Readonly<Record<string, unknown>> = { ...(body as object), params: {} };
        const judged = await judge(given);
        // null is absent to both, and so is whatever passes for no user id
        for (const [name, value] of Object.entries(judged))
          if (name !== 'user_id') expect(value ?? null).toEqual(given[name] ?? null);
      }),
      { numRuns: 300, maxSkipsPerRun: 1_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it.each<[string, unknown]>([
    ['no body', undefined],
    ['a list', []],
    ['a text', 'x'],
    ['null', null],
    ['no tool', {}],
    ['a tool that is null', { tool_name: null }],
    ['a blank tool', { tool_name: ' ' }],
    ['an unknown field', { tool_name: 'x', extra: 1 }],
    ['a long tool', { tool_name: 'x'.repeat(101) }],
    ['params that are a list', { tool_name: 'x', params: [] }],
    ['a NUL', { tool_name: 'x', identifier: 'a\0' }],
    ['half a character', { tool_name: 'x', agent_run_id: '\ud800' }],
    ['a user id', { tool_name: 'x', user_id: 'u' }],
    ['a toolset of numbers', { tool_name: 'x', toolset: [1] }],
    ['a long toolset', { tool_name: 'x', toolset: Array.from({ length: 501 }, () => 'x') }],
    ['an account by a wrong id', { tool_name: 'x', connected_account_id: 'ca_1' }],
  ])('leaves %s to the DTO, which refuses it', async (_, body) => {
    expect(isPlainCall(body)).toBe(false);
    await expect(judge(body)).rejects.toThrow();
  });

  it('accepts what clients send, nulls for what is absent included', () => {
    expect(isPlainCall({ tool_name: 'x', identifier: 'user_1', params: { a: 1 } })).toBe(true);
    expect(isPlainCall({ tool_name: 'x', identifier: null, params: null, user_id: '', toolset: null })).toBe(true);
  });
});
