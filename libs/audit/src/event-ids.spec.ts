import { isId, timeOfId } from '#app/kernel';
import { EventIds, firstIdAt } from './event-ids.js';

describe('EventIds', () => {
  it('makes event ids that carry the time of the clock', () => {
    const ids = new EventIds({ now: () => 1_750_000_000_123 });
    const { id, at } = ids.next();
    expect(isId('event', id)).toBe(true);
    expect(at).toBe(1_750_000_000_123);
    expect(timeOfId(id)).toBe(at);
  });

  it('sorts in the order in which they were made, within one millisecond and when the clock is set back', () => {
    let now = 1_750_000_000_000;
    const ids = new EventIds({ now: () => now });
    const made = Array.from({ length: 2_000 }, (_, n) => {
      if (n === 1_000) now -= 3_600_000;
      return ids.next();
    });
    expect(made.map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id));
    expect(made.every(({ id, at }) => timeOfId(id) === at)).toBe(true);
  });
});

describe('firstIdAt', () => {
  it('lies between the ids of the millisecond before and those of the time itself', () => {
    const at = 1_750_000_000_000;
    expect(new EventIds({ now: () => at - 1 }).next().id < firstIdAt(at)).toBe(true);
    expect(new EventIds({ now: () => at }).next().id >= firstIdAt(at)).toBe(true);
  });

  it('takes times that no id can carry for the nearest one', () => {
    expect(firstIdAt(-5)).toBe(firstIdAt(0));
    expect(firstIdAt(1e18)).toBe(firstIdAt(2 ** 48 - 1));
  });
});
