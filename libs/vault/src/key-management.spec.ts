import { KeyManagement } from './key-management.js';

type Parts = ConstructorParameters<typeof KeyManagement>[0];

describe('KeyManagement', () => {
  it('V5 destroys what nothing needs any more also when the rows of a tenant could not be sealed anew', async () => {
    const done: string[] = [];
    const management = new KeyManagement({
      reencryption: { run: () => Promise.reject(new Error('A key is away')) },
      destruction: { run: async () => void done.push('destroyed') },
    } as unknown as Parts);
    await expect(management.reencrypt()).rejects.toThrow('A key is away');
    expect(done).toEqual(['destroyed']);
  });
});
