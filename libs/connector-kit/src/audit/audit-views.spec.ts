import type { Json } from '#app/kernel';
import { acme, toolOf, toolWithProperty } from '../../test/acme.js';
import { redactArguments, summarizeResult } from './audit-views.js';

const NOTE = toolOf(acme(), 'acme_item_note');

describe('redactArguments', () => {
  it('keeps ids and choices, and of a redacted text its length', () => {
    expect(redactArguments(NOTE, { item_id: '42', text: 'secret words', public: true, owner: 'Ann' })).toEqual({
      item_id: '42',
      text: { redacted: true, length: 12 },
      public: true,
      owner: 'Ann',
    });
  });

  it('leaves out what the tool does not know: it may be anything', () => {
    expect(redactArguments(NOTE, JSON.parse('{"token":"tok_1","__proto__":{"a":1}}') as Record<string, Json>)).toEqual(
      {},
    );
  });

  it('redacts a text of the wrong type too, and cuts and cleans what it keeps', () => {
    expect(redactArguments(NOTE, { text: ['secret'], owner: `a\u0000${'x'.repeat(9000)}` })).toEqual({
      text: { redacted: true },
      owner: `a${'x'.repeat(499)}… [8501 more characters]`,
    });
  });

  it('survives what is nested without end, or is too long to keep', () => {
    const tool = toolWithProperty({ type: 'array', items: { type: 'string' } });
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as Json;
    expect(redactArguments(tool, { value: deep })).toEqual({ value: { redacted: true } });
    expect(redactArguments(tool, { value: Array.from({ length: 3000 }, () => 'ab') })).toEqual({
      value: { redacted: true },
    });
    expect(redactArguments(tool, { value: ['a', 'b'] })).toEqual({ value: ['a', 'b'] });
  });
});

describe('summarizeResult', () => {
  it('keeps what the manifest’s rule names', () => {
    expect(summarizeResult(NOTE, { id: '9', body: 'secret words' })).toEqual({ id: '9' });
    expect(summarizeResult(toolOf(acme(), 'acme_items_list'), { items: [{ id: '1' }, { id: '2' }] })).toEqual({
      count: 2,
    });
  });
});
