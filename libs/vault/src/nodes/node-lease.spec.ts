import { newId } from '#app/kernel';
import { NodeLease } from './node-lease.js';
import type { Acknowledged, KeyOrder, NodeStore } from './node-store.js';

const TIMES = { ttlMs: 10_000, marginMs: 2_500 };

describe('the lease of a node', () => {
  let time: number;
  /** How long the database takes for a renewal. */
  let takes: number;
  let drops: number;
  let orders: KeyOrder[];
  /** What the node said that it has done, at each renewal. */
  let said: Acknowledged[];
  let lease: NodeLease;
  const store = {
    lastOrder: async () => 0,
    renew: async (_node: string, _ttlMs: number, done: Acknowledged) => {
      time += takes;
      said.push(done);
      return orders.splice(0);
    },
    end: async () => undefined,
  } as unknown as NodeStore;
  const holder = {
    drop: () => undefined,
    dropAll: () => void (drops += 1),
    loadStaged: async () => undefined,
  };
  beforeEach(() => {
    [time, takes, drops, orders, said] = [1_000, 0, 0, [], []];
    lease = new NodeLease(store, { now: () => time }, TIMES, () => time);
    lease.serve(holder);
  });

  it('V6 ends before the database takes it to be over, counted from before it was asked for', async () => {
    takes = 3_000;
    await lease.ensure();
    time += 4_499;
    expect(lease.valid).toBe(true);
    time += 1;
    expect(lease.valid).toBe(false);
  });

  it.each(['stopwatch', 'clock'] as const)(
    'V6 counts so by its %s alone, where the other stands still',
    async (which) => {
      const moves = (name: string) => () => (name === which ? time : 0);
      lease = new NodeLease(store, { now: moves('clock') }, TIMES, moves('stopwatch'));
      lease.serve(holder);
      takes = 3_000;
      await lease.ensure();
      time += 4_499;
      expect(lease.valid).toBe(true);
      time += 1;
      expect(lease.valid).toBe(false);
    },
  );

  it('V6 is none where the database took as long as it lasts to renew it', async () => {
    takes = 7_500;
    await expect(lease.ensure()).rejects.toMatchObject({ code: 'not_available' });
  });

  it.each([
    ['has run out, before the next one begins', () => void (time += 7_500)],
    ['is given up', () => lease.end()],
  ])('V6 takes every key along when it %s', async (_, end) => {
    await lease.ensure();
    drops = 0;
    await lease.renew();
    expect(drops).toBe(0);
    await end();
    if (time > 1_000) await lease.renew();
    expect(drops).toBe(1);
  });

  it('says that it has dropped what it was ordered to, and loaded what is staged no sooner than it has', async () => {
    const tenantId = newId('tenant');
    orders = [{ number: 5, tenantId }];
    await lease.renew();
    expect(said).toEqual([
      { dropped: 0, loaded: 0, loading: [] },
      { dropped: 5, loaded: 4, loading: [tenantId] },
      { dropped: 5, loaded: 5, loading: [] },
    ]);
  });
});
