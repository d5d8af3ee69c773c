import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { TenantDatabase } from '#app/database';
import { AppError, INSTALLATION_TENANT } from '#app/kernel';
import { FakeKeeper } from '../test/fake-keeper.js';
import { SigningKeys } from './signing-keys.js';

/** `signing_keys` in memory, for reading. */
class FakeSystem {
  queries = 0;
  down = false;
  readonly rows: object[] = [];

  query<R>(): Promise<R[]> {
    this.queries += 1;
    return this.down
      ? Promise.reject(new AppError('not_available', 'The database is away'))
      : Promise.resolve(this.rows as R[]);
  }
}

const unused: Pick<TenantDatabase, 'withTenant'> = {
  withTenant: () => Promise.reject(new Error('No key should be made')),
};

describe('SigningKeys', () => {
  const keeper = new FakeKeeper();
  let system: FakeSystem;
  let time: number;
  let keys: SigningKeys;
  beforeEach(async () => {
    system = new FakeSystem();
    time = 1_000_000;
    keys = new SigningKeys(system, unused, keeper, { now: () => time });
    await addKey('one');
  });

  async function addKey(kid: string, sealedFor = kid): Promise<void> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' });
    const binding = {
      tenantId: INSTALLATION_TENANT,
      connectionId: '',
      accountId: sealedFor,
      kind: 'signing_key',
      version: 1,
      generation: 0,
    } as const;
    system.rows.unshift({ kid, publicJwk, sealed: await keeper.sealKey(binding, privateKey) });
  }

  it('are loaded once', async () => {
    await Promise.all([keys.current(), keys.find('one'), keys.all()]);
    expect((await keys.current()).kid).toBe('one');
    expect(system.queries).toBe(1);
  });

  it('are looked up again for a key id that is new, but not for every invented one', async () => {
    expect(await keys.find('two')).toBeNull();
    await addKey('two');
    time += 9_999;
    expect(await keys.find('two')).toBeNull();
    expect(system.queries).toBe(1);
    time += 1;
    expect((await keys.find('two'))?.kid).toBe('two');
    expect((await keys.current()).kid).toBe('two');
    expect(system.queries).toBe(2);
  });

  it('are asked for again after the database was away', async () => {
    system.down = true;
    await expect(keys.current()).rejects.toMatchObject({ code: 'not_available' });
    system.down = false;
    expect((await keys.current()).kid).toBe('one');
  });

  it('go on to be known when others are looked for in vain, so that no invented key id shuts out those who have a token', async () => {
    await keys.current();
    time += 10_000;
    system.down = true;
    const looking = keys.find('invented');
    expect((await keys.find('one'))?.kid).toBe('one');
    await expect(looking).rejects.toMatchObject({ code: 'not_available' });
    expect((await keys.find('one'))?.kid).toBe('one');
  });

  it('V2 are refused when SQL moved one under another id', async () => {
    await addKey('three', 'one');
    await expect(keys.all()).rejects.toThrow('Sealed for another place');
  });
});
