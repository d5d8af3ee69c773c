import { isDeeperThan } from './json-depth.js';

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
