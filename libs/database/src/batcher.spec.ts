import { AppError } from '#app/kernel';
import { Batcher } from './batcher.js';

/** A flush that the test lets finish, batch by batch. */
function manualFlush() {
  const batches: { items: readonly number[]; finish(): void; fail(error: Error): void }[] = [];
  const flush = (items: readonly number[]): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      batches.push({ items, finish: () => resolve(items.map((item) => `done ${item}`)), fail: reject });
    });
  return { batches, flush };
}

function start(options: { lanes?: number; maxBatch?: number; maxQueue?: number; gathers?: boolean } = {}) {
  const { batches, flush } = manualFlush();
  const batcher = new Batcher<number, string>({ lanes: 1, maxBatch: 10, maxQueue: 100, ...options, flush });
  return { batcher, batches, sent: () => batches.map(({ items }) => items) };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Batcher', () => {
  it('sends an item at once when a lane is idle', () => {
    const { batcher, sent } = start();
    void batcher.add(1);
    expect(sent()).toEqual([[1]]);
  });

  it('sends what arrived during a flush together, when that flush ends', async () => {
    const { batcher, batches, sent } = start();
    const results = [1, 2, 3].map((item) => batcher.add(item));
    expect(sent()).toEqual([[1]]);
    batches[0]?.finish();
    await settle();
    expect(sent()).toEqual([[1], [2, 3]]);
    batches[1]?.finish();
    await expect(Promise.all(results)).resolves.toEqual(['done 1', 'done 2', 'done 3']);
  });

  it('lets items of one turn of the event loop leave together when it gathers, and drains those that have not left', async () => {
    const { batcher, batches, sent } = start({ gathers: true, lanes: 2 });
    const results = [1, 2].map((item) => batcher.add(item));
    await Promise.resolve();
    results.push(batcher.add(3));
    expect(sent()).toEqual([]);
    let drained = false;
    void batcher.drain().then(() => (drained = true));
    await settle();
    expect(sent()).toEqual([[1, 2, 3]]);
    expect(drained).toBe(false);
    batches[0]?.finish();
    await expect(Promise.all(results)).resolves.toEqual(['done 1', 'done 2', 'done 3']);
    await settle();
    expect(drained).toBe(true);
  });

  it('runs as many flushes at once as it has lanes', () => {
    const { batcher, sent } = start({ lanes: 2 });
    for (const item of [1, 2, 3]) void batcher.add(item);
    expect(sent()).toEqual([[1], [2]]);
  });

  it('puts no more items into a flush than it may', async () => {
    const { batcher, batches, sent } = start({ maxBatch: 2 });
    for (const item of [1, 2, 3, 4]) void batcher.add(item);
    batches[0]?.finish();
    await settle();
    expect(sent()).toEqual([[1], [2, 3]]);
  });

  it('refuses an item when the queue is full, and takes more when there is room again', async () => {
    const { batcher, batches } = start({ maxQueue: 1 });
    void batcher.add(1);
    void batcher.add(2);
    const refused = await batcher.add(3).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AppError);
    expect(refused).toMatchObject({ code: 'not_available' });
    batches[0]?.finish();
    await settle();
    void batcher.add(4);
    batches[1]?.finish();
    await settle();
    expect(batches[2]?.items).toEqual([4]);
  });

  it('T4 lets a tenant that floods it delay another by nothing but the flush that is under way', async () => {
    const { batcher, batches } = start({ maxBatch: 4, maxQueue: 40 });
    const flood = Array.from({ length: 40 }, (_, item) =>
      batcher.add(item, 'noisy').catch((error: AppError) => error.code),
    );
    void batcher.add(100, 'quiet');
    batches[0]?.finish();
    await settle();
    expect(batches[1]?.items).toEqual([1, 100, 2, 3]);
    for (let flush = 1; flush < batches.length; flush += 1) {
      batches[flush]?.finish();
      await settle();
    }
    const refused = (await Promise.all(flood)).filter((result) => result === 'not_available');
    expect(refused).toHaveLength(19);
  });

  it('T4 keeps room for a tenant that has none waiting, however many others fill the queue', () => {
    const { batcher } = start({ maxQueue: 64 });
    for (let item = 0; item < 500; item += 1) batcher.add(item, `noisy ${item % 5}`).catch(() => undefined);
    expect(batcher.hasRoom('quiet', 64)).toBe(true);
  });

  it('rejects the items of a flush that fails, and no others', async () => {
    const { batcher, batches } = start();
    const first = batcher.add(1);
    const second = batcher.add(2);
    batches[0]?.fail(new Error('disk full'));
    await expect(first).rejects.toThrow('disk full');
    batches[1]?.finish();
    await expect(second).resolves.toBe('done 2');
  });

  it('rejects the items of a flush that throws before it starts', async () => {
    const flush = (): Promise<string[]> => {
      throw new Error('no such table');
    };
    const batcher = new Batcher<number, string>({ lanes: 1, maxBatch: 1, maxQueue: 1, flush });
    await expect(batcher.add(1)).rejects.toThrow('no such table');
    await expect(batcher.add(2)).rejects.toThrow('no such table');
  });

  it('rejects a whole batch whose results can not be told apart', async () => {
    const batcher = new Batcher<number, string>({ lanes: 1, maxBatch: 1, maxQueue: 1, flush: async () => [] });
    await expect(batcher.add(1)).rejects.toThrow('A flush of 1 items returned 0 results');
  });

  it('drains what waits and what is in flight', async () => {
    const { batcher, batches } = start();
    void batcher.add(1);
    void batcher.add(2);
    let drained = false;
    const done = batcher.drain().then(() => (drained = true));
    batches[0]?.finish();
    await settle();
    expect(drained).toBe(false);
    batches[1]?.finish();
    await done;
    expect(drained).toBe(true);
  });

  it('has nothing to drain when it is idle', async () => {
    await expect(start().batcher.drain()).resolves.toBeUndefined();
  });
});
