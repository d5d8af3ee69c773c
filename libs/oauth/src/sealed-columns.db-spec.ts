import type { RequestContext } from '#app/kernel';
import { sealedColumn, Vault, type SealedRow, type SealedStore } from '#app/vault';
import type { EntityManager } from 'typeorm';
import { ended, OAuthKit, ToyBrowser } from '../test/oauth-kit.js';
import { CredentialLease } from './credentials/credential-lease.js';
import { RevocationSender } from './revocation/revocation-sender.js';
import { SealedColumns } from './sealed-columns.js';

describe('SealedColumns', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  const stores = new Map<string, SealedStore>();

  beforeAll(async () => {
    kit = await OAuthKit.start();
    const vault = { registerColumn: (column: Parameters<Vault['registerColumn']>[0]) => add(sealedColumn(column)) };
    new SealedColumns(vault as unknown as Vault).onModuleInit();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
  });

  const add = (store: SealedStore): void => void stores.set(store.name, store);
  const store = (name: string): SealedStore => {
    const found = stores.get(name);
    if (found === undefined) throw new Error(`There is no store ${name}`);
    return found;
  };
  const inTenant = <T>(work: (em: EntityManager) => Promise<T>): Promise<T> =>
    kit.database.tenants.withTenant(ctx.tenantId, work);
  const outdated = (name: string, keyVersion = 2): Promise<readonly SealedRow[]> =>
    inTenant((em) => store(name).outdated(em, ctx.tenantId, { keyVersion, limit: 10, after: null }));
  const reseal = (row: SealedRow | undefined): Promise<Buffer[]> =>
    Promise.all((row?.records ?? []).map(({ binding, sealed }) => kit.get(Vault).reseal(binding, sealed)));
  const replace = async (name: string, row: SealedRow | undefined): Promise<boolean> => {
    if (row === undefined) throw new Error(`Nothing is stored in ${name}`);
    const records = await reseal(row);
    return inTenant((em) => store(name).replace(em, ctx.tenantId, row, records));
  };

  it('finds both parts of a credential by the version of their key, and seals them anew in place', async () => {
    await kit.connect(ctx, 'user_1');
    expect(await inTenant((em) => store('credentials').countByKey(em, ctx.tenantId))).toEqual([
      { keyVersion: 1, rows: 1 },
    ]);
    expect(await outdated('credentials', 1)).toEqual([]);
    const [row] = await outdated('credentials');
    expect(row?.records?.map(({ binding }) => binding.kind)).toEqual(['access_token', 'credential']);
    expect(await replace('credentials', row)).toBe(true);
    const account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
    const http = await kit.get(CredentialLease).authorise(ctx, account);
    const me = { method: 'GET' as const, path: '/me', query: [], headers: {}, write: false };
    expect((await http.send(me, { timeoutMs: 2_000 })).status).toBe(200);
  });

  it('does not put an old credential in the place of one that was stored in the meantime', async () => {
    await kit.connect(ctx, 'user_1');
    const [row] = await outdated('credentials');
    await kit.connect(ctx, 'user_1');
    const [newer] = await outdated('credentials');
    expect(await replace('credentials', row)).toBe(false);
    expect((await outdated('credentials'))[0]?.stored).toEqual(newer?.stored);
  });

  it('finds a credential of which one part alone is under another key', async () => {
    await kit.connect(ctx, 'user_1');
    for (const at of [10 + 3, 'last'] as const) {
      const position = at === 'last' ? `5 + 5 + 3 + get_byte(sealed, 3) * 256 + get_byte(sealed, 4)` : `${at}`;
      await kit.sql(ctx, `UPDATE credentials SET sealed = set_byte(sealed, ${position}, 7)`);
    }
    expect(await outdated('credentials', 1)).toHaveLength(1);
    await kit.sql(ctx, 'UPDATE credentials SET sealed = set_byte(sealed, 13, 1)');
    expect(await outdated('credentials', 1)).toHaveLength(1);
    expect(await outdated('credentials', 7)).toHaveLength(1);
  });

  it.each(['', '01', '0100000005', '01ffffffff00'])('reports a damaged credential (%s)', async (hex) => {
    await kit.connect(ctx, 'user_1');
    await kit.sql(ctx, `UPDATE credentials SET sealed = '\\x${hex}'`);
    expect(await outdated('credentials')).toMatchObject([{ records: null }]);
    expect(await inTenant((em) => store('credentials').countByKey(em, ctx.tenantId))).toMatchObject([
      { keyVersion: 0 },
    ]);
  });

  it('goes on behind a row', async () => {
    await kit.connect(ctx, 'user_1');
    await kit.awaitVerification(ctx, 'user_2');
    const rows = await outdated('credentials');
    expect(rows).toHaveLength(2);
    const batch = { keyVersion: 2, limit: 1, after: rows[0] ?? null };
    expect(await inTenant((em) => store('credentials').outdated(em, ctx.tenantId, batch))).toEqual([rows[1]]);
    const [first, second] = [await replace('credentials', rows[0]), await replace('credentials', rows[1])];
    expect([first, second]).toEqual([true, true]);
  });

  it('finds client secrets and the verifiers of flows under way', async () => {
    const browser = new ToyBrowser();
    const asked = await kit.open(browser, await kit.link(ctx, 'user_1'));
    for (const name of ['client_secrets', 'pkce_verifiers'])
      expect([name, await replace(name, (await outdated(name))[0])]).toEqual([name, true]);
    expect((await kit.comeBack(browser, kit.provider.authorize(asked))).outcome).toBe('connected');
  });

  it('finds what waits to be revoked upstream, and the secret that goes with it', async () => {
    await kit.connect(ctx, 'user_1');
    await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
    const [row] = await outdated('upstream_revocations');
    expect(row?.records?.map(({ binding }) => binding.kind)).toEqual(['access_token', 'credential']);
    for (const name of ['upstream_revocations', 'client_secrets_of_revocations'])
      expect([name, await replace(name, (await outdated(name))[0])]).toEqual([name, true]);
    kit.provider.revokeRequests.length = 0;
    await kit.get(RevocationSender).run();
    expect(kit.provider.revokeRequests).toHaveLength(2);
  });

  it('V6 leaves nothing of a shredded tenant waiting to be revoked upstream', async () => {
    await kit.connect(ctx, 'user_1');
    await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
    await inTenant((em) => store('upstream_revocations').forget(em, ctx.tenantId));
    expect(
      await kit.sql(ctx, 'SELECT state, last_error, sealed, client_secret_sealed FROM upstream_revocations'),
    ).toEqual([{ state: 'abandoned', last_error: 'tenant_shredded', sealed: null, client_secret_sealed: null }]);
  });

  it('forgets everything of a tenant', async () => {
    await kit.connect(ctx, 'user_1');
    const account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
    await inTenant(async (em) => {
      for (const each of stores.values()) await each.forget(em, ctx.tenantId);
    });
    for (const name of stores.keys())
      expect((await outdated(name)).filter(({ stored }) => stored.length > 0)).toEqual([]);
    expect(await ended(kit.get(CredentialLease).authorise(ctx, account))).toBe('conflict');
  });
});
