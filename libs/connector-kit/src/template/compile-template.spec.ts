import type { Json } from '#app/kernel';
import { ManifestError, ManifestPlace } from '../manifest/manifest-error.js';
import { openOutlet } from '../text/text-outlet.js';
import { compileTemplate } from './compile-template.js';
import type { Scope } from './scope.js';

const VARIABLES = {
  args: { name: 'maybe', count: 'maybe', on: 'maybe', ids: 'maybe', kind: 'maybe' },
  steps: { found: 'open' },
} as const;

const SCOPE: Scope = {
  args: {},
  account: { principal: null },
  params: {},
  vars: {},
  steps: {},
  now: Date.parse('2026-11-23T12:00:00Z'),
  outlet: openOutlet(),
};

function render(template: Json, args: Record<string, Json> = {}): Json | undefined {
  return compileTemplate(template, VARIABLES, new ManifestPlace('acme.yaml'))({ ...SCOPE, args });
}

describe('a template', () => {
  it('keeps the type of a value that stands alone', () => {
    expect(
      render({ a: '${args.count}', b: '${args.on}', c: '${args.ids}' }, { count: 3, on: false, ids: ['1'] }),
    ).toEqual({
      a: 3,
      b: false,
      c: ['1'],
    });
  });

  it('writes values into a text', () => {
    expect(render('${args.name} has ${args.count}', { name: 'Ann', count: 3 })).toBe('Ann has 3');
  });

  it('never reads a value as a template', () => {
    expect(render('${args.name}', { name: '${args.count}' })).toBe('${args.count}');
  });

  it('drops the key of what is absent or null, and an object that is emptied by it', () => {
    expect(render({ a: 1, b: '${args.name}', c: { d: '${args.count}' }, e: 'x ${args.kind}' }, { kind: null })).toEqual(
      { a: 1 },
    );
    expect(render({ a: {}, b: [] })).toEqual({ a: {}, b: [] });
  });

  it('applies filters in order', () => {
    expect(render('${args.count | string | int}', { count: 7 })).toBe(7);
    expect(render('${args.count | hours_ago}', { count: 4 })).toBe(Date.parse('2026-11-23T08:00:00Z') / 1000);
  });

  describe('$if', () => {
    const filters: Json = [
      { $if: 'args.name', field: 'name', value: '${args.name}' },
      { $if: { none: ['args.name', { eq: ['args.on', false] }] }, field: 'all' },
      { $if: { all: ['args.name', { any: ['args.on', { eq: ['args.count', 2] }] }] }, $value: 'both' },
    ];

    it('takes or leaves a whole element', () => {
      expect(render(filters)).toEqual([{ field: 'all' }]);
      expect(render(filters, { name: 'x' })).toEqual([{ field: 'name', value: 'x' }]);
      expect(render(filters, { on: false })).toEqual([]);
      expect(render(filters, { name: 'x', count: 2 })).toEqual([{ field: 'name', value: 'x' }, 'both']);
    });
  });

  it('chooses by $switch, with $default for what is not named', () => {
    const template = { $switch: 'args.kind', admin: 'A', true: 'yes', $default: { other: '${args.kind}' } };
    expect(render(template, { kind: 'admin' })).toBe('A');
    expect(render(template, { kind: true })).toBe('yes');
    expect(render(template, { kind: 'team' })).toEqual({ other: 'team' });
    expect(render({ a: { $switch: 'args.kind', admin: 1 } }, { kind: 'constructor' })).toBeUndefined();
  });

  it('maps a list by $each', () => {
    expect(render({ $each: 'args.ids', id: '${item}' }, { ids: ['1', '2'] })).toEqual([{ id: '1' }, { id: '2' }]);
    expect(render({ $each: 'args.ids', $value: '${item | int}' }, { ids: ['1', '2'] })).toEqual([1, 2]);
    expect(render({ a: { $each: 'args.ids', id: '${item}' } })).toBeUndefined();
  });

  it.each<[string, Json, RegExp]>([
    [
      'an unknown variable',
      { a: '${args.nme}' },
      /\$\.a: There is no variable “args\.nme” here\. Known are args\.name/,
    ],
    ['a prototype member', '${args.constructor}', /no variable/],
    ['an unknown filter', ['${args.name | shout}'], /\$\.0: “shout” is not a filter\. Use one of int,/],
    [
      'a filter that lacks its argument',
      '${args.name | clip}',
      /“clip” has the wrong form\. Write “clip:” and a number/,
    ],
    ['a filter with an argument too many', '${args.name | int:3}', /wrong form/],
    ['an open brace', 'x ${args.name', /not closed/],
    ['an unknown control word', { $when: 'args.name', a: 1 }, /“\$when” is not a control word/],
    ['$value beside other keys', { $if: 'args.name', $value: 1, a: 2 }, /\$value stands with other keys/],
    ['$default without $switch', { $default: 1 }, /stands alone/],
    ['a condition of another kind', { $if: { not: ['args.name'] }, a: 1 }, /“not” is not a condition/],
    ['a comparison without a value', { $if: { eq: ['args.name'] }, a: 1 }, /not a comparison/],
  ])('refuses %s when it is loaded', (_, template, message) => {
    expect(() => render(template)).toThrow(ManifestError);
    expect(() => render(template)).toThrow(message);
  });
});
