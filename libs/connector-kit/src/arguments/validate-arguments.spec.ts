import { acme, toolOf, toolWithProperty } from '../../test/acme.js';
import { validateArguments, type ArgumentsResult } from './validate-arguments.js';

const LIST = toolOf(acme(), 'acme_items_list');
const NOTE = toolOf(acme(), 'acme_item_note');

function messages(result: ArgumentsResult): Record<string, string> {
  return result.ok ? {} : Object.fromEntries(result.errors.map(({ field, message }) => [field, message]));
}

describe('validateArguments', () => {
  it('fills in defaults, and takes null for absent', () => {
    expect(validateArguments(LIST, { cursor: null })).toEqual({ ok: true, args: { limit: 5 } });
    expect(validateArguments(LIST, undefined)).toEqual({ ok: true, args: { limit: 5 } });
    expect(validateArguments(LIST, null)).toEqual({ ok: true, args: { limit: 5 } });
    expect(validateArguments(LIST, { limit: null })).toEqual({ ok: true, args: { limit: 5 } });
  });

  it('does not change what it was given', () => {
    const given = Object.freeze({ cursor: null });
    validateArguments(LIST, given);
    expect(given).toEqual({ cursor: null });
  });

  it.each([['text'], [[{ limit: 5 }]], [7]])('refuses %j in the place of arguments', (params) => {
    expect(messages(validateArguments(LIST, params))).toEqual({ params: 'must be an object of named arguments.' });
  });

  it('names every field that is wrong, and says how to mend it', () => {
    const result = validateArguments(NOTE, { item_id: '../x', text: ' ', public: 'true', extra: 1 });
    expect(messages(result)).toEqual({
      'params.extra': 'is not known; use item_id, text, owner, public.',
      'params.item_id': 'does not have the right form (^[0-9]{1,20}$). Digits only.',
      'params.text': 'does not have the right form (\\S).',
      'params.public': 'must be true or false without quotes.',
    });
  });

  it('says what a missing argument is', () => {
    expect(messages(validateArguments(NOTE, { text: 'x' }))).toEqual({ 'params.item_id': 'is required. Digits only.' });
    expect(messages(validateArguments(NOTE, { text: 'x', item_id: null }))).toEqual({
      'params.item_id': 'is required. Digits only.',
    });
  });

  it.each<[unknown, string]>([
    ['20', 'must be a whole number without quotes.'],
    [1.5, 'must be a whole number without quotes.'],
    [[20], 'must be a whole number without quotes.'],
    [true, 'must be a whole number without quotes.'],
    [0, 'must be at least 1.'],
    [1_000_000_000, 'must be at most 50.'],
    [Number.NaN, 'must be a whole number without quotes.'],
    [Number.POSITIVE_INFINITY, 'must be a whole number without quotes.'],
  ])('refuses the limit %p and converts nothing', (limit, message) => {
    expect(messages(validateArguments(LIST, { limit }))).toEqual({ 'params.limit': message });
  });

  it.each(['../x', '..', 'last', '%2f', '1%0a', '1\n', '\n1', ' 1', '1/2', '１２', '1e3', '-1', ''])(
    'refuses the id %j',
    (id) => {
      expect(validateArguments(NOTE, { item_id: id, text: 'x' }).ok).toBe(false);
    },
  );

  it('refuses a megabyte of text, also where the schema names no length', () => {
    const tool = toolWithProperty({ type: 'string' });
    expect(messages(validateArguments(tool, { value: 'x'.repeat(1_000_000) }))).toEqual({
      'params.value': 'is too long: at most 2000 characters. Shorten it.',
    });
    expect(messages(validateArguments(NOTE, { item_id: '1', text: 'x'.repeat(1001) }))['params.text']).toMatch(
      /at most 1000 characters/,
    );
  });

  it('checks lists and objects to their inside', () => {
    const list = toolWithProperty({ type: 'array', items: { type: 'string', enum: ['a', 'b'] } });
    expect(messages(validateArguments(list, { value: ['a', 'c'] }))).toEqual({
      'params.value.1': 'must be one of a, b.',
    });
    expect(messages(validateArguments(list, { value: Array.from({ length: 101 }, () => 'a') }))).toEqual({
      'params.value': 'may hold at most 100 entries.',
    });
    const object = toolWithProperty({ type: 'object', properties: { at: { type: 'string', format: 'date-time' } } });
    expect(messages(validateArguments(object, { value: { at: 'soon', x: 1 } }))).toEqual({
      'params.value.at': 'must be a valid date-time.',
      'params.value.x': 'is not known; leave it out.',
    });
    expect(validateArguments(object, { value: { at: null } })).toEqual({ ok: true, args: { value: {} } });
  });

  it('survives nesting that would exhaust the stack', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as unknown;
    expect(messages(validateArguments(LIST, { limit: deep }))).toEqual({
      'params.limit': 'must be a whole number without quotes.',
    });
  });

  it('holds rules between arguments; a switch that is off asks for nothing', () => {
    const input = {
      type: 'object',
      properties: { a: { type: 'string', enum: ['x'] }, b: { type: 'boolean' } },
    };
    const tool = toolWithProperty(
      {},
      { input, inputRules: { exclusive: [['a', 'b']], atLeastOne: ['a', 'b'] }, audit: { result: {} } },
    );
    expect(messages(validateArguments(tool, { a: 'x', b: true }))).toEqual({
      'params.b': 'cannot be combined with a; leave one of them out.',
    });
    expect(validateArguments(tool, { a: 'x', b: false }).ok).toBe(true);
    expect(messages(validateArguments(tool, {}))).toEqual({ params: 'needs at least one of a, b.' });
  });

  it('quotes a caller’s field names cut and clean', () => {
    const [error] = Object.keys(messages(validateArguments(LIST, { [`a\u202e\n${'x'.repeat(5000)}`]: 1 })));
    expect(error?.length).toBeLessThan(120);
    expect(error).toMatch(/^params\.a x+/);
  });
});
