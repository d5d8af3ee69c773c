import { drainQueue } from './drain-queue.js';

describe('drainQueue', () => {
  it('takes everything, some at a time, and says how much it was', async () => {
    const queue = [1, 2, 3, 4, 5];
    expect(await drainQueue(2, 100, async () => queue.shift() !== undefined)).toBe(5);
    expect(queue).toEqual([]);
  });

  it('goes on past one that is slow', async () => {
    const queue = ['slow', 'a', 'b', 'c'];
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = async (): Promise<boolean> => {
      const next = queue.shift();
      if (next === 'slow') await slow;
      if (queue.length === 0) release();
      return next !== undefined;
    };
    expect(await drainQueue(2, 100, work)).toBe(4);
  });

  it('ends after so many, and when a lane fails', async () => {
    expect(await drainQueue(1, 3, () => Promise.resolve(true))).toBe(3);
    await expect(drainQueue(2, 3, () => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  });
});
