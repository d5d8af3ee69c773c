import type { Json } from '#app/kernel';
import { ManifestError, ManifestPlace } from '../manifest/manifest-error.js';
import { TextOutlet } from '../text/text-outlet.js';
import { compileProjection } from './compile-projection.js';

const redact = (text: string) => text.replaceAll('credential', '[redacted]');

const VARIABLES = { args: { n: 'always', me: 'always' } } as const;

function project(projection: Json, answer: Json, args: Record<string, Json> = {}): Json {
  const scope = {
    args,
    account: { principal: null },
    params: {},
    vars: {},
    steps: {},
    now: 0,
    outlet: new TextOutlet(redact),
  };
  return compileProjection(projection, VARIABLES, new ManifestPlace('acme.yaml'))(answer, scope);
}

describe('a projection', () => {
  it('takes the named fields only, and null for what is missing', () => {
    const answer = { id: 5, secret: 'x', a: { b: [{ c: 'deep' }] } };
    expect(project({ id: '$.id | string', deep: '$.a.b.0.c', none: '$.a.x.y' }, answer)).toEqual({
      id: '5',
      deep: 'deep',
      none: null,
    });
  });

  it('cannot reach a prototype', () => {
    expect(project({ a: '$.constructor.name', b: '$.__proto__', c: '$.list.__proto__' }, { list: [1] })).toEqual({
      a: null,
      b: null,
      c: null,
    });
  });

  it('maps lists, empty ones and missing ones to lists', () => {
    const tags = { $each: '$.tags', id: '$.id | string', name: '$.name' };
    expect(project({ tags }, { tags: [{ id: 1, name: 'a', x: 1 }] })).toEqual({ tags: [{ id: '1', name: 'a' }] });
    expect(project({ tags }, { tags: null })).toEqual({ tags: [] });
    expect(project({ ids: { $each: '$', $value: '$.id' } }, [{ id: 'a' }])).toEqual({ ids: ['a'] });
  });

  it('moves into a part of the answer, or gives null when it is not there', () => {
    const author = { author: { $at: '$.author', name: '$.name' } };
    expect(project(author, { author: { name: 'Ann' } })).toEqual({ author: { name: 'Ann' } });
    expect(project(author, { author: null })).toEqual({ author: null });
  });

  it('chooses elements, comparing ids as text', () => {
    const answer: Json = { parts: [{ id: 1, by: 7 }, { id: 2, by: '7' }, { id: 3, by: 8 }, { id: 4 }] };
    const mine = { $each: '$.parts', $where: { '$.by': '${args.me}' }, id: '$.id' };
    expect(project(mine, answer, { me: '7' })).toEqual([{ id: 1 }, { id: 2 }]);
    expect(project({ ...mine, $take: 'last' }, answer, { me: '7' })).toEqual({ id: 2 });
    expect(project({ ...mine, $take: 'first' }, answer, { me: '9' })).toBeNull();
    expect(project(mine, answer, {})).toEqual([]);
    expect(project({ $each: '$.parts', $take: { last: '${args.n}' }, $value: '$.id' }, answer, { n: 2 })).toEqual([
      3, 4,
    ]);
  });

  it('cleans and clips every text, also where no filter says so', () => {
    const answer = { name: 'a\u202eb', long: 'x'.repeat(3000), custom: { 'ke\u200by': ['v\u0000'], __proto__: 1 } };
    const result = project({ name: '$.name', long: '$.long', short: '$.long | clip:5', custom: '$.custom' }, answer);
    expect(result).toEqual({
      name: 'ab',
      long: `${'x'.repeat(2000)}… [1000 more characters]`,
      short: 'xxxxx… [2995 more characters]',
      custom: { key: ['v'] },
    });
  });

  it('redacts every text and key once it is decoded, and before it is clipped', () => {
    const answer = {
      title: 'a cre\u200bdential',
      html: '<p>cre<b>den</b>&#116;ial</p>',
      long: `${'x'.repeat(1995)}credential`,
      low: 'CREDENTIAL',
      custom: { 'cred\u00adential': ['credential'] },
    };
    const projection = {
      title: '$.title | clip:6',
      html: '$.html | text',
      long: '$.long',
      low: '$.low | clip:50 | lower',
      custom: '$.custom',
    };
    expect(project(projection, answer)).toEqual({
      title: 'a [red… [6 more characters]',
      html: '[redacted]',
      long: `${'x'.repeat(1995)}[reda… [5 more characters]`,
      low: '[redacted]',
      custom: { '[redacted]': ['[redacted]'] },
    });
  });

  it('takes so many list elements into one result, and no more', () => {
    const lists = Array.from({ length: 300 }, () => ({ list: Array.from({ length: 1000 }, (_, id) => ({ id })) }));
    const result = project({ $each: '$', inner: { $each: '$.list', id: '$.id' } }, lists) as { inner: Json[] }[];
    expect(result).toHaveLength(300);
    expect(result.reduce((sum, { inner }) => sum + inner.length, 0)).toBe(10_000 - 300);
  });

  it('converts only what it takes', () => {
    const html = '<b>'.repeat(900);
    const answer = Array.from({ length: 500 }, (_, id) => ({ id, body: `${html}${id}` }));
    answer.push({ id: 500, body: '<p>newest</p>' });
    const newest = { $each: '$', $take: { last: '${args.n}' }, $value: '$.body | text' };
    expect(project(newest, answer, { n: 1 })).toEqual(['newest']);
  });

  it('does not let a key of the answer change a prototype', () => {
    const custom = JSON.parse('{"__proto__":{"polluted":true},"__proto\\u200b__":{"polluted":true}}') as Json;
    const result = project({ custom: '$.custom' }, { custom }) as { custom: { polluted?: boolean } };
    expect(result.custom.polluted).toBeUndefined();
    expect(Object.getPrototypeOf(result.custom)).toBe(Object.prototype);
  });

  it.each<[string, Json, RegExp]>([
    ['a constant', { a: 'yes' }, /“yes” is not a path into the answer/],
    ['an unknown filter', '$.a | upper', /“upper” is not a filter/],
    ['an unknown variable', '${args.x}', /no variable/],
    ['an unknown word', { $map: '$.a', b: '$.c' }, /“\$map” is not a word of projections/],
    ['a wrong $take', { $each: '$.a', $take: 'some', b: '$.c' }, /\$take has the wrong form/],
    ['a wrong $where', { $each: '$.a', $where: { by: 'x' }, b: '$.c' }, /“by” is not a path into the element/],
    ['a number', { a: 1 }, /not a projection/],
  ])('refuses %s when it is loaded', (_, projection, message) => {
    expect(() => project(projection, {})).toThrow(ManifestError);
    expect(() => project(projection, {})).toThrow(message);
  });
});
