import fc from 'fast-check';
import { paginate } from './paginate.js';

interface Item {
  id: string;
  key: number;
}

const item = fc.record({ id: fc.uuid(), key: fc.integer({ min: 0, max: 5 }) });
const items = fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: 60 });

describe('paginate', () => {
  const order = (descending: boolean): { key: (item: Item) => number; descending: boolean } => ({
    key: ({ key }) => key,
    descending,
  });

  function walk(
    list: readonly Item[],
    perPage: number,
    descending: boolean,
    between: (page: number) => void = () => undefined,
  ): Item[] {
    const seen: Item[] = [];
    let startingAfter: string | null = null;
    do {
      const page: ReturnType<typeof paginate<Item>> = paginate(
        list,
        order(descending),
        { perPage, startingAfter },
        'query',
      );
      seen.push(...page.items);
      startingAfter = page.pages.next?.starting_after ?? null;
      between(page.pages.page);
    } while (startingAfter !== null);
    return seen;
  }

  it('shows every item once, in order, however many there are on a page', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 20 }), fc.boolean(), (list, perPage, descending) => {
        const seen = walk(list, perPage, descending);
        const keys = seen.map(({ key }) => key);
        expect(seen.map(({ id }) => id).toSorted()).toEqual(list.map(({ id }) => id).toSorted());
        expect(keys).toEqual(keys.toSorted((a, b) => (descending ? b - a : a - b)));
      }),
    );
  });

  it('neither repeats nor hides what was there when others come and go between two pages', () => {
    fc.assert(
      fc.property(items, items, fc.integer({ min: 1, max: 7 }), (list, newcomers, perPage) => {
        const known = new Set(list.map(({ id }) => id));
        const arriving = newcomers.filter(({ id }) => !known.has(id));
        const live = [...list];
        const seen = walk(live, perPage, false, () => {
          const next = arriving.pop();
          if (next !== undefined) live.unshift(next);
        });
        expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
        expect(list.every(({ id }) => seen.some((one) => one.id === id))).toBe(true);
      }),
    );
  });

  it('refuses a cursor of another query, and anything that is no cursor', () => {
    const list = [
      { id: 'a', key: 1 },
      { id: 'b', key: 2 },
    ];
    const { pages } = paginate(list, order(false), { perPage: 1, startingAfter: null }, 'one');
    const startingAfter = pages.next?.starting_after as string;
    expect(() => paginate(list, order(false), { perPage: 1, startingAfter }, 'two')).toThrow('starting_after');
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => paginate(list, order(false), { perPage: 1, startingAfter: text }, 'one')).toThrow(
          'starting_after',
        );
      }),
    );
  });
});
