import { setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '#app/connector-kit';
import { Secret, type RequestContext } from '#app/kernel';
import { OAuthKit } from '../../test/oauth-kit.js';
import { ConnectionsService } from '../connections/connections.service.js';
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

  it.each([
    ['of another app', `oauth_client_id = 'another-client'`],
    ['of an app with the same name at another provider', `connector = 'toy'`],
    ['of an app with the same name at another place', `endpoints = endpoints || '{"apiUrl": "https://eu.example"}'`],
  ])('counts no account %s', async (_, change) => {
    await kit.connection(ctx, { connector: 'plain', name: 'second' });
    await connectAs('ada', '1');
    kit.plainProvider.user = { ...kit.plainProvider.user, id: '2' };
    await kit.connect(ctx, 'bob', { connection: 'second' });
    await kit.sql(ctx, `UPDATE connections SET ${change} WHERE name = 'second'`);
    await disconnect('ada', 'plain');
    expect(await queue()).toMatchObject([{ identifier: 'ada', state: 'pending' }]);
  });

  it.each(['ada', 'bob'])('takes a workspace that the provider did not name, of %s, for any workspace', async (who) => {
    await connectAs('ada', '1');
    await connectAs('bob', '2');
    const forget = `UPDATE connected_accounts SET principal = principal || '{"tenant": null}' WHERE identifier = $1`;
    await kit.sql(ctx, forget, [who]);
    await disconnect('ada', 'plain');
    expect(await queue()).toMatchObject([{ identifier: 'ada', state: 'skipped', last_error: 'in_use_by_others' }]);
  });

  it('ends each workspace once when a connection is deleted that had several accounts in it', async () => {
    await connectAs('ada', '1');
    await connectAs('bob', '2');
    kit.plainProvider.user = { ...kit.plainProvider.user, workspace: `other_${ctx.tenantId}` };
    await connectAs('eve', '3');
    await kit.get(ConnectionsService).delete(ctx, (await kit.account(ctx, 'ada', 'plain')).connectionId);
    const rows = (await queue()).map(({ state, last_error: error, workspace }) => `${workspace} ${state} ${error}`);
    const [ws, other] = [`ws_${ctx.tenantId}`, `other_${ctx.tenantId}`];
    expect(rows.toSorted()).toEqual(
      [`${other} pending null`, `${ws} pending null`, `${ws} skipped workspace_revoked_once`].toSorted(),
    );
  });

  it.each([
    ['the same', 'skipped'],
    ['another', 'pending'],
  ])('counts a consent that waits in %s workspace: %s', async (which, state) => {
    await connectAs('ada', '1');
    const { workspace } = kit.plainProvider.user;
    const place = which === 'another' ? `other_${ctx.tenantId}` : workspace;
    kit.plainProvider.user = { ...kit.plainProvider.user, id: '2', workspace: place };
    await kit.connect(ctx, 'bob', { connection: 'plain', userVerifyUrl: 'https://app.example/verify' });
    await disconnect('ada', 'plain');
    expect(await queue()).toMatchObject([{ identifier: 'ada', state }]);
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
    expect(await queue()).toMatchObject([
      { state: 'skipped', last_error: 'in_use_by_others', sealed: null, client_secret_sealed: null },
    ]);
  });

  it('spares every grant of the app where nobody knows whose the tokens are, and they would end a workspace', async () => {
    await connectAs('bob', '2');
    await queueUnused('ada', null, 'plain');
    expect(await queue()).toMatchObject([{ identifier: 'ada', state: 'skipped', spares: 'app', sealed: null }]);
  });

  it.each([
    ['ws_1', 'skipped'],
    ['ws_2', 'pending'],
  ])(
    'spares a grant of the same user, who is another one in another workspace: in %s it is %s',
    async (tenant, state) => {
      await kit.connect(ctx, 'bob');
      await queueUnused('ada', { id: `u_${ctx.tenantId}`, label: null, tenant, facts: {}, params: {} });
      expect(await queue()).toMatchObject([{ identifier: 'ada', state, spares: 'principal' }]);
    },
  );

  it('waits with unused tokens for the end of a disconnect, so that they are not spared for what it takes away', async () => {
    await kit.connect(ctx, 'ada');
    const { id, connectionId } = await kit.account(ctx, 'ada');
    const app = await kit.get(ProviderApps).find(ctx.tenantId, connectionId);
    if (app === null) throw new Error('The connection is gone');
    const disconnected = await kit.database.tenants.withTenant(ctx.tenantId, async (em) => {
      await kit.get(UpstreamRevocations).giveUp(em, app.connection, [id], { reason: 'disconnected' });
      await em.query('DELETE FROM credentials WHERE account_id = $1', [id]);
      const queued = queueUnused('ada');
      // Time in which it would have been decided
      await Promise.race([queued, sleep(300)]);
      return { queued };
    });
    await disconnected.queued;
    expect(await queue()).toMatchObject([
      { reason: 'disconnected', state: 'pending' },
      { reason: 'refused', state: 'pending' },
    ]);
  });

  async function queueUnused(
    identifier: string,
    principal: Principal | null = null,
    connection = 'toy',
  ): Promise<void> {
    const upstream = kit.get(UpstreamRevocations);
    const { id, connectionId } = await kit.accounts.create(ctx, { connection, identifier });
    const app = await kit.get(ProviderApps).find(ctx.tenantId, connectionId);
    if (app === null) throw new Error('The connection is gone');
    const of = { app, account: { id, identifier }, principal, params: {} };
    const prepared = await upstream.prepare(of, { accessToken: new Secret('at'), refreshToken: null });
    await kit.database.tenants.withTenant(ctx.tenantId, (em) => upstream.enqueue(em, prepared, 'refused'));
  }
});
