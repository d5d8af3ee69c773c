import { newId } from '#app/kernel';
import type { DataKey } from '../barrier/data-key.js';
import { SealCounter } from './seal-counter.js';

describe('SealCounter', () => {
  it('V4 lets go of a primary key that another node has retired, and seals with the next', async () => {
    const tenantId = newId('tenant');
    const dropped: string[] = [];
    const keyring = {
      primary: async () => ({ version: dropped.length + 1 }) as DataKey,
      drop: (of: string) => void dropped.push(of),
    };
    const store = { reserveSeals: async ({ version }: { version: number }) => (version === 1 ? null : 4) };
    const counter = new SealCounter(keyring, store, () => undefined, { block: 4, rotateAt: 12, most: 16 });
    expect((await counter.keyForOneSeal(tenantId)).version).toBe(2);
    expect(dropped).toEqual([tenantId]);
  });
});
