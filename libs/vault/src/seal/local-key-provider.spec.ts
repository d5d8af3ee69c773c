import { randomBytes } from 'node:crypto';
import { newId } from '#app/kernel';
import { LocalKeyProvider } from './local-key-provider.js';

const context = { tenantId: newId('tenant'), version: 1 };

describe('LocalKeyProvider', () => {
  const provider = new LocalKeyProvider(randomBytes(32));
  const dataKey = randomBytes(32);

  it('unwraps what it wrapped', async () => {
    expect(await provider.unwrap(await provider.wrap(dataKey, context), context)).toEqual(dataKey);
  });

  it('wraps the same key differently each time', async () => {
    expect(await provider.wrap(dataKey, context)).not.toEqual(await provider.wrap(dataKey, context));
  });

  it('V1 unwraps nothing in which any one bit was changed', async () => {
    const wrapped = await provider.wrap(dataKey, context);
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const changed = Buffer.from(wrapped);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect([bit, await provider.unwrap(changed, context)]).toEqual([bit, null]);
    }
    expect(await provider.unwrap(wrapped.subarray(1), context)).toBeNull();
    expect(await provider.unwrap(Buffer.alloc(0), context)).toBeNull();
  });

  it('V2 unwraps nothing for another tenant or version', async () => {
    const wrapped = await provider.wrap(dataKey, context);
    expect(await provider.unwrap(wrapped, { ...context, tenantId: newId('tenant') })).toBeNull();
    expect(await provider.unwrap(wrapped, { ...context, version: 2 })).toBeNull();
  });

  it('V7 unwraps nothing with another master key, and has another id', async () => {
    const other = new LocalKeyProvider(randomBytes(32));
    expect(await other.unwrap(await provider.wrap(dataKey, context), context)).toBeNull();
    expect(other.keyId).not.toBe(provider.keyId);
  });

  it('has the same id wherever the same master key is used, and shows nothing of it', () => {
    const bytes = randomBytes(32);
    const ids = [new LocalKeyProvider(Buffer.from(bytes)).keyId, new LocalKeyProvider(Buffer.from(bytes)).keyId];
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toMatch(/^local:[0-9a-f]{16}$/);
    expect(bytes.toString('hex')).not.toContain(ids[0]?.slice(6));
  });

  it('wipes the master key it was given', () => {
    const bytes = randomBytes(32);
    expect(new LocalKeyProvider(bytes).keyId).toBeTruthy();
    expect(bytes).toEqual(Buffer.alloc(32));
  });
});
