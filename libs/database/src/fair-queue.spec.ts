import { FairQueue } from './fair-queue.js';

function filled(...groups: string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  groups.forEach((group, index) => queue.push(group, `${group}${index}`));
  return queue;
}

describe('FairQueue', () => {
  it('gives what it was given, in order, when there is one group', () => {
    const queue = filled('a', 'a', 'a');
    expect([queue.take(2), queue.take(2), queue.take(2)]).toEqual([['a0', 'a1'], ['a2'], []]);
  });

  it('T4 takes one of every group in turn, and goes on where it stopped', () => {
    const queue = filled('a', 'a', 'a', 'a', 'b', 'b', 'c');
    expect(queue.take(2)).toEqual(['a0', 'b4']);
    expect(queue.take(2)).toEqual(['c6', 'a1']);
    expect(queue.take(9)).toEqual(['b5', 'a2', 'a3']);
  });

  it('counts all and each group', () => {
    const queue = filled('a', 'a', 'b');
    expect([queue.length, queue.lengthOf('a'), queue.lengthOf('b'), queue.lengthOf('c')]).toEqual([3, 2, 1, 0]);
    queue.take(2);
    expect([queue.length, queue.lengthOf('a'), queue.lengthOf('b')]).toEqual([1, 1, 0]);
  });

  it('takes every item exactly once, whatever comes and goes', () => {
    const queue = new FairQueue<number>();
    const taken: number[] = [];
    for (let item = 0; item < 1_000; item += 1) {
      queue.push(`group ${(item * item) % 7}`, item);
      if (item % 5 === 0) taken.push(...queue.take(item % 9));
    }
    taken.push(...queue.take(1_000));
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, item) => item));
    expect(queue.length).toBe(0);
  });
});
