import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Secret } from '#app/kernel';
import { MasterKey } from './master-key.js';
import { MasterKeys } from './master-keys.js';

const keyOf = (byte: number): MasterKey =>
  new MasterKey({ from: 'environment', key: new Secret(Buffer.alloc(32, byte).toString('base64')) });

describe('MasterKeys', () => {
  it('names none to be replaced before the first start has made a key file', async () => {
    const own = new MasterKey({ from: 'file', path: join(tmpdir(), 'no-such-folder', 'master.key') });
    expect(await new MasterKeys(own).retired()).toEqual([]);
  });

  it('names the previous ones, and not the current one when it is listed among them', async () => {
    const previous = keyOf(2);
    const { keyId } = await previous.get();
    const keys = new MasterKeys(keyOf(1), { next: [keyOf(3)], previous: [previous, keyOf(1)] });
    expect(await keys.retired()).toEqual([keyId]);
  });
});
