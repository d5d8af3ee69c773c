import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { lintAnthropic } from '../../../apps/model-stub/src/lint/anthropic.js';
import { lintGemini } from '../../../apps/model-stub/src/lint/gemini.js';
import { lintOpenAITools } from '../../../apps/model-stub/src/lint/openai.js';
import { geminiSchema } from '../src/model/gemini-schema.js';
import { modelArguments } from '../src/model/model-arguments.js';
import { portableName, portableNames } from '../src/model/names.js';
import { portableSchema } from '../src/model/portable-schema.js';
import { cappedResult } from '../src/model/result-text.js';
import { strictSchema } from '../src/model/strict-schema.js';
import type { JsonSchema } from '../src/index.js';

const PORTABLE = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

describe('names', () => {
  it('stay as they are when every vendor takes them', () => {
    expect(portableName('intercom_conversations_list')).toBe('intercom_conversations_list');
  });

  it('become portable and stay apart, whatever they are', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('a.b', 'a_b', 'a-b', 'a_b_2', '', '1', 'x'.repeat(70)));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), (names) => {
        const portable = portableNames(names);
        expect(new Set(portable).size).toBe(names.length);
        for (const each of portable) expect(each).toMatch(PORTABLE);
        const kept = names.map((each, index) => PORTABLE.test(each) && names.indexOf(each) === index);
        expect(portable.filter((_each, index) => kept[index])).toEqual(names.filter((_each, index) => kept[index]));
      }),
    );
  });

  it('that are long and begin alike are told apart the same way every time', () => {
    const [one, other] = portableNames(['a'.repeat(64) + 'x', 'a'.repeat(64) + 'y']);
    expect(one).not.toBe(other);
    expect(portableName('a'.repeat(64) + 'x')).toBe(one);
  });
});

/** Schemas of the sort that imported connectors bring. */
const ZOO: Record<string, JsonSchema> = {
  none: { type: 'object', properties: {}, additionalProperties: false },
  plain: {
    type: 'object',
    properties: {
      state: { type: 'string', enum: ['open', 'closed'] },
      limit: { type: 'integer', minimum: 1, maximum: 150, default: 20 },
      since: { type: 'string', format: 'date-time', maxLength: 40 },
      ratio: { type: 'number', exclusiveMinimum: 0 },
      level: { type: 'integer', enum: [1, 2, 3] },
      link: { type: 'string', format: 'uri' },
    },
    required: ['state'],
    additionalProperties: false,
  },
  odd_names: {
    type: 'object',
    properties: {
      'page[size]': { type: 'integer' },
      page_size_: { type: 'string' },
      'a.b': { type: 'object', properties: { 'c-d': { type: 'string' } } },
    },
    required: ['page[size]'],
  },
  references: {
    type: 'object',
    $defs: {
      id: { type: 'string', pattern: '^[0-9]+$' },
      node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } },
    },
    properties: {
      id: { $ref: '#/$defs/id' },
      chain: { $ref: '#/$defs/node' },
      elsewhere: { $ref: 'https://example.com/x' },
    },
  },
  choices: {
    type: 'object',
    properties: {
      who: {
        oneOf: [{ type: 'string' }, { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }],
      },
      maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      both: {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } } },
          { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] },
        ],
      },
      fixed: { const: 'x' },
    },
  },
  top_choice: {
    oneOf: [
      { type: 'object', properties: { email: { type: 'string' } }, required: ['email'] },
      { type: 'object', properties: { phone: { type: 'string' } }, required: ['phone'] },
    ],
  },
  conditions: {
    type: 'object',
    properties: { kind: { type: 'string' } },
    if: { properties: { kind: { const: 'a' } } },
    ...(JSON.parse('{"then":{"required":["x"]}}') as object),
    not: { required: ['y'] },
    patternProperties: { '^x-': { type: 'string' } },
  },
  lists: {
    type: 'object',
    properties: {
      tags: { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
      anything: { type: 'array' },
      pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] },
      rows: { type: 'array', items: { type: 'object', properties: { 'x y': { type: ['integer', 'null'] } } } },
    },
  },
  open: {
    type: 'object',
    properties: { custom_attributes: { type: 'object', additionalProperties: { type: 'string' } } },
  },
};

/** Arguments that the original allows; the portable schema must allow them too, under its own names. */
const ALLOWED: Record<string, object[]> = {
  none: [{}],
  plain: [{ state: 'open', limit: 3, level: 2 }],
  odd_names: [{ page_size_: 'x', page_size__2: 1 }],
  references: [{ id: '1', chain: { next: { next: {} } }, elsewhere: 5 }],
  choices: [
    { who: 'x', maybe: null, fixed: 'x' },
    { who: { id: 1 }, both: { a: 'x', b: 'y' } },
  ],
  top_choice: [{ email: 'x' }, { phone: 'y' }, { phone: 'y', more: 1 }],
  conditions: [{ kind: 'b', 'x-y': 'z' }],
  lists: [{ tags: ['a'], anything: [1, 'x', {}], pair: ['a', 1], rows: [{ x_y: null }] }],
  open: [{ custom_attributes: { any: 'thing' } }],
};

/** They hold a value of any kind, or an object of free members. */
const NEVER_STRICT = ['references', 'lists', 'open'];

describe.each(Object.entries(ZOO))('the schema %s', (name, original) => {
  const { schema } = portableSchema(original);

  it('is what every vendor takes', () => {
    const request = { path: '', headers: {} };
    expect(lintOpenAITools([{ name, parameters: schema, strict: false }])).toEqual([]);
    const anthropic = { tools: [{ name, input_schema: schema }], max_tokens: 1, messages: [] };
    const headers = { 'x-api-key': 'x', 'anthropic-version': 'x' };
    expect(lintAnthropic({ ...request, headers, body: anthropic })).toEqual([]);
    const parameters = name === 'none' ? undefined : geminiSchema(schema);
    const gemini = { tools: [{ functionDeclarations: [{ name, parameters }] }], contents: [] };
    expect(lintGemini({ ...request, headers: { 'x-goog-api-key': 'x' }, body: gemini })).toEqual([]);
  });

  it('is strict by the rules, or says that it can not be', () => {
    const strict = strictSchema(schema);
    expect(strict === null).toBe(NEVER_STRICT.includes(name));
    expect(strict === null ? [] : lintOpenAITools([{ name, parameters: strict, strict: true }])).toEqual([]);
  });

  it('allows what the original allows', () => {
    const check = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    for (const given of ALLOWED[name] ?? []) {
      check(given);
      expect(check.errors).toBeNull();
    }
  });
});

describe('the strict schema', () => {
  it('keeps what is optional, as nullable, and says in words what it has no keyword for', () => {
    const strict = strictSchema(portableSchema(ZOO['plain'] as JsonSchema).schema) as {
      properties: Record<string, object>;
      required: string[];
    };
    expect(strict.required).toEqual(['state', 'limit', 'since', 'ratio', 'level', 'link']);
    expect(strict.properties['limit']).toEqual({
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 150,
      description: 'Default: 20.',
    });
    expect(strict.properties['level']).toEqual({ type: ['integer', 'null'], enum: [1, 2, 3, null] });
    expect(strict.properties['state']).toEqual({ type: 'string', enum: ['open', 'closed'] });
  });

  it('is none for an object of free members', () => {
    expect(strictSchema(portableSchema(ZOO['open'] as JsonSchema).schema)).toBeNull();
  });
});

describe('the Gemini schema', () => {
  it('keeps bounds and formats that Gemini knows, and says the others', () => {
    const { properties } = geminiSchema(portableSchema(ZOO['plain'] as JsonSchema).schema) as {
      properties: Record<string, object>;
    };
    expect(properties['limit']).toEqual({ type: 'INTEGER', minimum: 1, maximum: 150, description: 'Default: 20.' });
    expect(properties['since']).toEqual({ type: 'STRING', format: 'date-time', maxLength: '40' });
    expect(properties['level']).toEqual({ type: 'INTEGER', description: 'One of [1,2,3].' });
    expect(properties['link']).toEqual({ type: 'STRING', description: 'Format: uri.' });
  });
});

describe('arguments', () => {
  const from = (name: string, given: unknown): unknown =>
    modelArguments(given, portableSchema(ZOO[name] as JsonSchema));

  it.each<[string, string, unknown, unknown]>([
    ['a text', 'plain', '{"state":"open"}', { state: 'open' }],
    ['nothing', 'none', '', {}],
    ['nulls for what is left out', 'plain', { state: 'open', limit: null }, { state: 'open' }],
    ['a null that means null', 'choices', { maybe: null }, { maybe: null }],
    ['a null inside of a list', 'lists', { rows: [{ x_y: null }] }, { rows: [{ 'x y': null }] }],
    ['numbers in quotes', 'plain', { limit: '10', ratio: '0.5' }, { limit: 10, ratio: 0.5 }],
    ['a text that only looks like a number', 'plain', { limit: '010', state: '5' }, { limit: '010', state: '5' }],
    ['a number that would lose digits', 'plain', { limit: '12345678901234567890' }, { limit: '12345678901234567890' }],
    ['renamed properties', 'odd_names', { page_size__2: '5', page_size_: '5' }, { 'page[size]': 5, page_size_: '5' }],
    ['renamed properties further in', 'odd_names', { a_b: { c_d: 'x' } }, { 'a.b': { 'c-d': 'x' } }],
    ['an object that came as a text', 'open', { custom_attributes: '{"a":1}' }, { custom_attributes: { a: 1 } }],
    ['what is not known', 'plain', { stat: 'open', other: null }, { stat: 'open', other: null }],
  ])('are understood: %s', (_what, name, given, expected) => {
    expect(from(name, given)).toEqual(expected);
  });

  it.each(['{"state":', '[1]', '5', '"x"'])('that are no object are refused: %s', (given) => {
    expect(() => from('plain', given)).toThrow(expect.objectContaining({ code: 'invalid_arguments' }));
  });

  it('named like members of every object are arguments like others', () => {
    const given = JSON.parse('{"__proto__": {"x": 1}, "constructor": "y"}') as unknown;
    expect(JSON.stringify(from('plain', given))).toBe('{"__proto__":{"x":1},"constructor":"y"}');
  });
});

describe('a result', () => {
  const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

  it('that fits is not touched', () => {
    const data = { conversations: [1, 2], next_cursor: 'x' };
    expect(cappedResult(data, 1000)).toBe(data);
  });

  it('that is too long loses the end of its list, and the cursor that would skip it', () => {
    const conversations = Array.from({ length: 100 }, (_, index) => ({ id: String(index), title: 'x'.repeat(50) }));
    const cut = cappedResult({ conversations, total_count: 500, next_cursor: 'behind-100' }, 3000);
    const { truncated, conversations: shown } = cut as {
      truncated: { shown: number; of: number; hint: string };
      conversations: unknown[];
    };
    expect(sizeOf(cut)).toBeLessThanOrEqual(3000);
    expect(shown).toEqual(conversations.slice(0, truncated.shown));
    expect(truncated).toMatchObject({ of: 100, hint: expect.stringContaining(`at most ${truncated.shown}`) as string });
    expect(cut).not.toHaveProperty('next_cursor');
    expect(cut).toHaveProperty('total_count', 500);
  });

  it('never is longer than it may be, and always is JSON', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
        fc.string({ unit: 'grapheme', minLength: 0, maxLength: 500 }),
        (data, text) => {
          const cut = cappedResult({ ...data, text: text.repeat(20) }, 400);
          expect(sizeOf(cut)).toBeLessThanOrEqual(400);
          expect(JSON.stringify(cut)).not.toMatch(/\\ud[89a-f]/i);
        },
      ),
    );
  });
});
