import { decodeTime } from 'ulid';
import { createUlidFactory } from './ulid-factory.js';

describe('createUlidFactory', () => {
  it('makes ids that rise, carry their time, and differ', () => {
    const next = createUlidFactory();
    const ids = Array.from({ length: 3_000 }, (_, n) => next(1_781_000_000_000 + Math.floor(n / 1_000)));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(decodeTime(ids[2_999] ?? '')).toBe(1_781_000_000_002);
  });

  it('goes on rising when a million were made in one millisecond, and when time runs backwards', () => {
    const next = createUlidFactory();
    let last = next(5);
    for (let made = 0; made < 32 ** 4 + 10; made += 1) {
      const id = next(5);
      if (id <= last) throw new Error(`${id} does not follow ${last}`);
      last = id;
    }
    expect(next(4) > last).toBe(true);
    expect(decodeTime(next(4))).toBe(5);
  });

  it('begins anew in every millisecond', () => {
    const next = createUlidFactory();
    const tails = new Set(Array.from({ length: 100 }, (_, at) => next(at).slice(10)));
    expect(tails.size).toBe(100);
  });
});
