import { hasMoreMembersThan, isDeeperThan } from './body-shape.js';

const nested = (levels: number, open: string, close: string): unknown =>
  JSON.parse(`${open.repeat(levels)}${open === '[' ? '' : '1'}${close.repeat(levels)}`);

describe('isDeeperThan', () => {
  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('counts levels of %s', (_, open, close) => {
    expect(isDeeperThan(64, nested(64, open, close))).toBe(false);
    expect(isDeeperThan(64, nested(65, open, close))).toBe(true);
  });

  it('counts the deepest branch, wherever it is', () => {
    expect(isDeeperThan(2, [1, { a: 'x' }, []])).toBe(false);
    expect(isDeeperThan(2, [1, {}, { a: 'x', b: { c: null } }])).toBe(true);
  });

  it.each([[undefined], [null], ['text'], [1]])('finds no level in %p', (value) => {
    expect(isDeeperThan(0, value)).toBe(false);
  });

  it('survives what would end a recursion', () => {
    expect(isDeeperThan(64, nested(100_000, '[', ']'))).toBe(true);
  });
});

describe('hasMoreMembersThan', () => {
  it.each<[string, unknown, number]>([
    ['a flat object', { a: 1, b: 2, c: 3 }, 3],
    ['a list', [1, 2, 3], 3],
    ['objects in lists in objects', { a: [{ b: 1 }, { c: 2 }] }, 5],
  ])('counts the members of %s', (_, json, members) => {
    expect(hasMoreMembersThan(members, json)).toBe(false);
    expect(hasMoreMembersThan(members - 1, json)).toBe(true);
  });

  it.each(['abc', 1, null, undefined])('finds no members in %p', (json) => {
    expect(hasMoreMembersThan(0, json)).toBe(false);
  });

  it('stops at the limit: what lies behind it is not looked at', () => {
    const trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('was looked at');
      },
    });
    expect(hasMoreMembersThan(2, [trap, 1, 2])).toBe(true);
  });
});
