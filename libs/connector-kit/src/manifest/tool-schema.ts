import { closed, listOf, mapOf, path, text, type Schema } from './schema-words.js';

/** `request` of a tool, a step or the identity. */
export const requestSchema = closed(
  {
    method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    path: text,
    query: mapOf({}, '^[A-Za-z0-9_.[\\]-]+$'),
    body: {},
  },
  ['method', 'path'],
);

/** One argument: the subset of JSON Schema that every model and framework understands. */
const property: Schema = {
  type: 'object',
  properties: {
    type: { enum: ['string', 'integer', 'number', 'boolean', 'array', 'object'] },
    title: text,
    description: text,
    enum: listOf({ type: ['string', 'number', 'boolean'] }),
    default: {},
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    exclusiveMinimum: { type: 'number' },
    minLength: { type: 'integer' },
    maxLength: { type: 'integer' },
    pattern: { type: 'string' },
    format: { enum: ['date-time', 'date', 'email'] },
    items: { $ref: '#/definitions/property' },
    minItems: { type: 'integer' },
    maxItems: { type: 'integer' },
    properties: { type: 'object', additionalProperties: { $ref: '#/definitions/property' } },
    required: listOf(text),
  },
  required: ['type'],
  additionalProperties: false,
};

const input = closed(
  {
    type: { const: 'object' },
    properties: { type: 'object', propertyNames: { pattern: '^[a-z][a-z0-9_]*$' }, additionalProperties: property },
    required: listOf(text),
  },
  ['type'],
);

const annotations = closed(
  {
    readOnly: { type: 'boolean' },
    destructive: { type: 'boolean' },
    idempotent: { type: 'boolean' },
    openWorld: { type: 'boolean' },
    confirm: { type: 'boolean' },
  },
  ['readOnly', 'destructive', 'idempotent', 'openWorld'],
);

const lookup = closed({ items: path, argument: text, keys: listOf(path), noun: text, id: path, name: path }, [
  'items',
  'argument',
  'keys',
  'noun',
  'id',
  'name',
]);

const step = closed(
  { id: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' }, when: {}, request: requestSchema, lookup, output: {} },
  ['id', 'request', 'output'],
);

/** One entry of `tools`. */
export const toolSchema = closed(
  {
    title: text,
    aliases: listOf({ type: 'string', pattern: '^[a-z][a-z0-9_]{2,63}$' }),
    description: { type: 'string', minLength: 20, maxLength: 700 },
    annotations,
    scopes: listOf(text),
    input,
    inputRules: closed({ exclusive: listOf(listOf(text)), atLeastOne: listOf(text) }),
    audit: closed({ arguments: mapOf({ enum: ['keep', 'redact'] }, '^[a-z][a-z0-9_]*$'), result: {} }, ['result']),
    steps: { type: 'array', items: step, minItems: 1, maxItems: 4 },
    request: requestSchema,
    paginate: text,
    output: {
      anyOf: [
        closed({ value: {}, require: listOf(path) }, ['value']),
        closed({ list: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' }, items: {} }, ['list', 'items']),
      ],
    },
  },
  ['title', 'description', 'annotations', 'input', 'audit', 'request', 'output'],
);

export const propertyDefinition = property;
