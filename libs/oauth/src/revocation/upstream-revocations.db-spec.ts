import { Secret, type RequestContext } from '#app/kernel';
import { OAuthKit } from '../../test/oauth-kit.js';
import { ProviderApps } from '../connections/provider-apps.js';
import { UpstreamRevocations } from './upstream-revocations.js';

interface Row {
  identifier: string;
  state: string;
  last_error: string | null;
  scope: string;
  spares: string;
  workspace: string | null;
  sealed: Buffer | null;
}

describe('what is queued to be revoked upstream', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
    await kit.connection(ctx, { connector: 'plain', name: 'plain' });
    kit.plainProvider.user = { id: '1', email: 'a@b.example', workspace: `ws_${ctx.tenantId}` };
    kit.provider.user = { id: `u_${ctx.tenantId}`, email: 'a@b.example', workspace: 'ws_1' };
  });

  const queue = (): Promise<Row[]> => kit.sql(ctx, 'SELECT * FROM upstream_revocations ORDER BY identifier, id');
  const disconnect = async (identifier: string, connection = 'toy', uninstall = false): Promise<unknown> =>
    kit.accounts.disconnect(ctx, (await kit.account(ctx, identifier, connection)).id, { uninstall });
  const connectAs = async (identifier: string, id: string): Promise<void> => {
    kit.plainProvider.user = { ...kit.plainProvider.user, id };
    await kit.connect(ctx, identifier, { connection: 'plain' });
  };

  it('O11 a disconnect queues the tokens in the transaction that destroys the credential', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    await disconnect('ada');
    expect(await queue()).toMatchObject([{ identifier: 'ada', state: 'pending', scope: 'token', spares: 'nobody' }]);
    expect(await kit.sql(ctx, 'SELECT * FROM credentials')).toEqual([]);
  });

  it('a deletion queues them too, and they outlive the account', async () => {
    await kit.connect(ctx, 'ada');
    await kit.accounts.delete(ctx, { connection: 'toy', identifier: 'ada' });
    expect(await queue()).toMatchObject([{ identifier: 'ada', state: 'pending', sealed: expect.any(Buffer) }]);
  });

  it('ends the workspace with its last account only', async () => {
    await connectAs('ada', '1');
    await connectAs('bob', '2');
    await disconnect('ada', 'plain');
    expect(await queue()).toMatchObject([
      { identifier: 'ada', state: 'skipped', last_error: 'in_use_by_others', sealed: null },
    ]);
    await disconnect('bob', 'plain');
    expect(await queue()).toMatchObject([
      { identifier: 'ada', state: 'skipped' },
      { identifier: 'bob', state: 'pending' },
    ]);
  });

  it('counts accounts on another connection of the same app', async () => {
    await kit.connection(ctx, { connector: 'plain', name: 'second' });
    await connectAs('ada', '1');
    kit.plainProvider.user = { ...kit.plainProvider.user, id: '2' };
    await kit.connect(ctx, 'bob', { connection: 'second' });
    await disconnect('ada', 'plain');
    expect(await queue()).toMatchObject([{ state: 'skipped' }]);
  });

  it('ends the workspace at once when the tenant asks for it', async () => {
    await connectAs('ada', '1');
    await connectAs('bob', '2');
    await disconnect('ada', 'plain', true);
    expect(await queue()).toMatchObject([{ identifier: 'ada', state: 'pending', spares: 'other_tenants' }]);
  });

  it('ends a workspace once when its last two accounts are disconnected at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      await connectAs('ada', '1');
      await connectAs('bob', '2');
      await Promise.all([disconnect('ada', 'plain'), disconnect('bob', 'plain')]);
      const states = (await queue()).slice(-2).map(({ state }) => state);
      expect((await queue()).filter(({ state }) => state === 'pending')).toHaveLength(round + 1);
      expect(states).toHaveLength(2);
    }
  });

  it('queues tokens that never came into use, sealed for their revocation alone', async () => {
    await queueUnused('ada');
    expect(await queue()).toMatchObject([
      { identifier: 'ada', state: 'pending', reason: 'refused', spares: 'account' },
    ]);
  });

  it('spares a grant of the same account that is in use', async () => {
    await kit.connect(ctx, 'ada');
    await queueUnused('ada');
    expect(await queue()).toMatchObject([{ state: 'skipped', last_error: 'in_use_by_others', sealed: null }]);
  });

  async function queueUnused(identifier: string): Promise<void> {
    const upstream = kit.get(UpstreamRevocations);
    const { id, connectionId } = await kit.accounts.create(ctx, { connection: 'toy', identifier });
    const app = await kit.get(ProviderApps).find(ctx.tenantId, connectionId);
    if (app === null) throw new Error('The connection is gone');
    const of = { app, account: { id, identifier }, principal: null, params: {} };
    const prepared = await upstream.prepare(of, { accessToken: new Secret('at'), refreshToken: null });
    await kit.database.tenants.withTenant(ctx.tenantId, (em) => upstream.enqueue(em, prepared, 'refused'));
  }
});
