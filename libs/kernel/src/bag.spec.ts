import fc from 'fast-check';
import { Bag, type Kept } from './bag.js';

describe('Bag', () => {
  it('holds what was added and not removed, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (steps) => {
        const bag = new Bag<number>();
        const held: Kept<number>[] = [];
        steps.forEach((step, value) => {
          const [gone] = step < 5 ? held.splice(step, 1) : [];
          if (gone === undefined) held.push(bag.add(value));
          else bag.remove(gone);
        });
        expect(new Set(bag)).toEqual(new Set(held.map(({ value }) => value)));
        expect([...bag]).toHaveLength(held.length);
      }),
    );
  });

  it('removes nothing twice', () => {
    const bag = new Bag<string>();
    const first = bag.add('a');
    bag.add('b');
    bag.remove(first);
    bag.remove(first);
    expect([...bag]).toEqual(['b']);
  });
});
