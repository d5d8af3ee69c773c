import { send, type Answer } from '../../demo/src/http.js';
import { startModelStub, type ModelStub } from '../src/start-model-stub.js';

type Schema = Record<string, unknown>;

const object = (properties: Schema, more: Schema = {}): Schema => ({ type: 'object', properties, ...more });
const list = (schema: Schema): Schema => ({ type: 'array', items: schema });

interface Api {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: (tools: unknown[]) => Schema;
  readonly tool: (name: string, schema: unknown, more?: object) => unknown;
}

type Vendor = 'OpenAI chat' | 'OpenAI responses' | 'Anthropic' | 'Gemini';

const APIS: Record<Vendor, Api> = {
  'OpenAI chat': {
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer x' },
    body: (tools) => ({ model: 'm', messages: [{ role: 'user', content: 'hi' }], tools }),
    tool: (name, parameters, more) => ({ type: 'function', function: { name, parameters, ...more } }),
  },
  'OpenAI responses': {
    path: '/v1/responses',
    headers: { authorization: 'Bearer x' },
    body: (tools) => ({ model: 'm', input: [{ role: 'user', content: 'hi' }], tools }),
    tool: (name, parameters, more) => ({ type: 'function', name, parameters, ...more }),
  },
  Anthropic: {
    path: '/v1/messages',
    headers: { 'x-api-key': 'x', 'anthropic-version': '2026-10-21' },
    body: (tools) => ({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], tools }),
    tool: (name, schema) => ({ name, input_schema: schema }),
  },
  Gemini: {
    path: '/v1beta/models/m:generateContent',
    headers: { 'x-goog-api-key': 'x' },
    body: (tools) => ({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      tools: [{ functionDeclarations: tools }],
    }),
    tool: (name, parameters) => ({ name, parameters }),
  },
};

const OPENAI: Vendor[] = ['OpenAI chat', 'OpenAI responses'];
const PLAIN = object({ q: { type: 'string' } });
const GEMINI = { type: 'OBJECT', properties: { q: { type: 'STRING' } } };
const strict = { strict: true };

/** What a vendor refuses: name of the tool, its schema, what else is in the tool. */
const REFUSED: [what: string, vendors: Vendor[], name: string, schema: unknown, more?: object][] = [
  ['a dot in a name', [...OPENAI, 'Anthropic'], 'a.b', PLAIN],
  ['65 characters', OPENAI, 'a'.repeat(65), PLAIN],
  ['129 characters', ['Anthropic'], 'a'.repeat(129), PLAIN],
  ['a digit first', ['Gemini'], '1a', GEMINI],
  ['a schema that is no object', [...OPENAI, 'Anthropic'], 'a', { type: 'string' }],
  ['a choice at the top', [...OPENAI, 'Anthropic'], 'a', { ...PLAIN, oneOf: [PLAIN] }],
  ['a list of nothing', OPENAI, 'a', object({ x: { type: 'array' } })],
  ['a keyword that is none of JSON Schema', ['Anthropic'], 'a', object({ x: { type: 'text' } })],
  ['a property with brackets', ['Anthropic'], 'a', object({ 'page[size]': { type: 'integer' } })],
  ['an open object, strictly', OPENAI, 'a', PLAIN, strict],
  ['an optional property, strictly', OPENAI, 'a', { ...PLAIN, additionalProperties: false, required: [] }, strict],
  [
    'a default inside of a list, strictly',
    OPENAI,
    'a',
    { ...object({ q: list({ type: 'string', default: 'x' }) }), additionalProperties: false, required: ['q'] },
    strict,
  ],
  ['small letters in a type', ['Gemini'], 'a', PLAIN],
  ['additionalProperties', ['Gemini'], 'a', { ...GEMINI, additionalProperties: false }],
  ['an object without properties', ['Gemini'], 'a', { type: 'OBJECT', properties: {} }],
  ['an enumeration of numbers', ['Gemini'], 'a', { ...GEMINI, properties: { n: { type: 'INTEGER', enum: ['1'] } } }],
  ['a required property that there is not', ['Gemini'], 'a', { ...GEMINI, required: ['other'] }],
];

describe('the stand-in for models', () => {
  let stub: ModelStub;
  beforeAll(async () => {
    stub = await startModelStub();
  });
  afterAll(() => stub.close());

  const ask = (vendor: Vendor, json: object, headers = APIS[vendor].headers): Promise<Answer> =>
    send(stub.url + APIS[vendor].path, { method: 'POST', headers, json });
  const refused = REFUSED.flatMap(([what, vendors, ...tool]) => vendors.map((vendor) => ({ vendor, what, tool })));

  it.each(refused)('refuses as $vendor does: $what', async ({ vendor, tool: given }) => {
    const { body, tool } = APIS[vendor];
    const answer = await ask(vendor, body([tool(...given)]));
    expect(answer.status).toBe(400);
    // where each vendor's client looks for the sentence
    expect(answer.json()).toMatchObject({ error: { message: expect.any(String) as string } });
  });

  it.each(Object.keys(APIS) as Vendor[])('takes of %s what is right, and no request without a key', async (vendor) => {
    const { body, tool } = APIS[vendor];
    const right = body([tool('tool_a', vendor === 'Gemini' ? GEMINI : PLAIN)]);
    expect((await ask(vendor, right)).status).toBe(200);
    expect((await ask(vendor, right, {})).status).toBe(400);
    expect((await ask(vendor, { ...right, stream: true })).status).toBe(400);
    const twice = body([tool('same', vendor === 'Gemini' ? GEMINI : PLAIN), tool('same', GEMINI)]);
    expect((await ask(vendor, twice)).status).toBe(400);
  });

  /** A call of a tool that nothing answers. */
  const UNANSWERED: [Vendor, object][] = [
    ['OpenAI chat', { messages: [{ role: 'assistant', tool_calls: [{ id: 'c1', type: 'function' }] }] }],
    ['OpenAI responses', { input: [{ type: 'function_call', call_id: 'c1' }] }],
    ['Anthropic', { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'c1' }] }] }],
    ['Gemini', { contents: [{ role: 'model', parts: [{ functionCall: { name: 'a' } }] }] }],
  ];
  it.each(UNANSWERED)('refuses as %s does: a call without its result', async (vendor, more) => {
    expect((await ask(vendor, { ...APIS[vendor].body([]), ...more })).status).toBe(400);
  });
});
