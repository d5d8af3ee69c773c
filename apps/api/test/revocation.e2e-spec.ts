import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectedAccountsService, RevocationSender } from '#app/oauth';
import pg from 'pg';
import { send } from '../../demo/src/http.js';
import { ProviderSignalsRoute } from '../src/rest/provider-signals/provider-signals.route.js';
import { Harness, SANDBOX_SECRET, type Teammate } from './harness.js';

const LIST = 'intercom_conversations_list';

describe('revocation', () => {
  let gate: Harness;
  let people: Teammate[];
  let webhook: string;

  beforeAll(async () => {
    gate = await Harness.start();
    people = (await gate.teammates()).filter(
      (one, _, all) => one.has_inbox_seat && one.workspace_id === all[0]?.workspace_id,
    );
    await gate.connect('bob', (people[1] as Teammate).id);
    const made = await gate.post('/api/v1/webhooks', { url: 'https://hooks.example/' });
    webhook = (made.json()['webhook'] as { id: string }).id;
  });
  afterAll(() => gate.stop());
  beforeEach(async () => {
    await gate.connect('alice', (people[0] as Teammate).id);
  });

  const list = (user: string): ReturnType<Harness['execute']> => gate.execute(LIST, user, { limit: 1 });

  /** What the tenant's server is told of meanwhile, and of whom. */
  async function toldDuring(work: () => Promise<unknown>): Promise<string[]> {
    const deliveries = async (): Promise<{ event_id: string; type: string }[]> =>
      (await gate.get(`/api/v1/webhooks/${webhook}/deliveries`)).json()['deliveries'] as {
        event_id: string;
        type: string;
      }[];
    const before = new Set((await deliveries()).map(({ event_id: id }) => id));
    await work();
    return (await deliveries()).filter(({ event_id: id }) => !before.has(id)).map(({ type }) => type);
  }

  it('at the provider: the next call fails closed with a connect link, and the one after asks nobody', async () => {
    expect((await list('alice')).status).toBe(200);
    await gate.control('revoke', { teammate_id: (people[0] as Teammate).id });
    const told = await toldDuring(async () =>
      expect((await list('alice')).json()).toMatchObject({
        status: 409,
        code: 'account_not_active',
        account_status: 'DISCONNECTED',
        connect_url: expect.stringContaining(`${gate.url}/connect/`),
      }),
    );
    expect(told).toContain('connected_account.revoked_by_provider');
    const before = (await gate.providerRequests()).length;
    expect((await list('alice')).json()).toMatchObject({ code: 'account_not_active' });
    expect((await gate.providerRequests()).length).toBe(before);
    expect((await list('bob')).status).toBe(200);
    expect(await gate.auditEvents('&type=connected_account.revoked_by_provider')).toHaveLength(1);
  });

  it('by the tenant: a call with a warm cache is refused at once, and the credential is gone', async () => {
    expect((await list('alice')).status).toBe(200);
    const { id } = await gate.account('alice');
    const told = await toldDuring(async () => {
      const answer = await gate.post(`/api/v1/connected_accounts/${String(id)}:disconnect`, {});
      expect(answer.json()).toMatchObject({ connected_account: { status: 'DISCONNECTED' } });
    });
    expect(told).toContain('connected_account.disconnected');
    const before = (await gate.providerRequests()).length;
    expect((await list('alice')).json()).toMatchObject({ code: 'account_not_active' });
    expect((await gate.providerRequests()).length).toBe(before);
  });

  it('by deletion: the account is not found any more', async () => {
    expect((await list('alice')).status).toBe(200);
    const told = await toldDuring(async () =>
      expect(
        (await gate.post('/api/v1/connected_accounts:delete', { connector: 'intercom', identifier: 'alice' })).status,
      ).toBe(200),
    );
    expect(told).toContain('connected_account.deleted');
    expect((await list('alice')).json()).toMatchObject({ code: 'account_not_found' });
  });

  it('of a whole connection: a disabled one refuses every call, an enabled one serves again', async () => {
    const { connection_id: id } = await gate.account('alice');
    expect((await list('alice')).status).toBe(200);
    await gate.patch(`/api/v1/connections/${String(id)}`, { status: 'disabled' });
    expect((await list('alice')).json()).toMatchObject({ code: 'policy_denied', rule: 'connection.disabled' });
    await gate.patch(`/api/v1/connections/${String(id)}`, { status: 'enabled' });
    expect((await list('alice')).status).toBe(200);
  });

  describe('N1 N4 a write that waits for a rate limit is not sent any more', () => {
    /** A write by a client of its own that has been sent once and is told to wait; what becomes of it after the change. */
    const changedWhileWaiting = async (change: (client: string) => Promise<unknown>): Promise<unknown> => {
      const { data } = (await list('alice')).json() as { data: { conversations: { id: string }[] } };
      const conversation_id = data.conversations[0]?.id as string;
      const made = (await gate.post('/api/v1/clients', { name: 'agent', permissions: ['tools:execute'] })).json();
      const { id: client } = made['client'] as { id: string };
      const authorization = `Bearer ${await gate.tokenFor(client, String(made['client_secret']))}`;
      await gate.fault({ match: { path: '*/reply' }, kind: 'rate_limit', reset_seconds: 2, times: 1 });
      const before = (await gate.providerRequests()).length;
      const params = { conversation_id, body: 'too late' };
      const reply = gate.execute('intercom_conversation_reply', 'alice', params, {}, { authorization });
      while ((await gate.providerRequests()).length === before) await sleep(20);
      await change(client);
      const answer = (await reply).json();
      expect((await gate.providerRequests()).slice(before)).toHaveLength(1);
      return answer;
    };

    const behindTheNode = async (statement: string): Promise<void> => {
      const owner = new pg.Client({ connectionString: gate.databaseUrl });
      await owner.connect();
      await owner.query(statement);
      await owner.end();
    };

    it('of an account that is disconnected', async () => {
      const disconnect = async (): Promise<unknown> =>
        gate.post(`/api/v1/connected_accounts/${String((await gate.account('alice'))['id'])}:disconnect`, {});
      expect(await changedWhileWaiting(disconnect)).toMatchObject({ code: 'conflict', reason: 'account_inactive' });
    });

    it('of an account that another node has changed', async () => {
      const change = `UPDATE connected_accounts SET version = version + 1 WHERE identifier = 'alice'`;
      expect(await changedWhileWaiting(() => behindTheNode(change))).toMatchObject({
        code: 'conflict',
        reason: 'account_changed',
      });
    });

    it('by a client that is disabled', async () => {
      const disable = (client: string): Promise<unknown> =>
        gate.patch(`/api/v1/clients/${client}`, { status: 'disabled' });
      expect(await changedWhileWaiting(disable)).toMatchObject({ code: 'conflict', reason: 'client_disabled' });
    });

    it.each([
      ['connection', 'disabled', 'enabled'],
      ['tenant', 'suspended', 'active'],
    ])('of a %s that is %s', async (what, stopped, serving) => {
      const set = (status: string): Promise<void> => behindTheNode(`UPDATE ${what}s SET status = '${status}'`);
      const answer = await changedWhileWaiting(() => set(stopped));
      await set(serving);
      expect(answer).toMatchObject({ code: 'conflict', reason: `${what}_${stopped}` });
    });
  });

  it('never lets a call out that began after the disconnect returned, while other calls race it', async () => {
    const { id } = await gate.account('alice');
    const racing = Array.from({ length: 20 }, () => list('alice'));
    await gate.post(`/api/v1/connected_accounts/${String(id)}:disconnect`, {});
    const late = Array.from({ length: 20 }, () => list('alice'));
    for (const answer of await Promise.all(late)) expect(answer.json()['code']).toBe('account_not_active');
    await Promise.all(racing);
  });

  describe('told by the provider', () => {
    const post = async (body: object, signature?: string): Promise<number> => {
      const { connection_id: id } = await gate.account('alice');
      const answer = await send(`${gate.url}/webhooks/provider/${String(id)}`, {
        method: 'POST',
        json: body,
        headers: signature ? { 'x-hub-signature': signature } : {},
      });
      await gate.nest.get(ProviderSignalsRoute, { strict: false }).settled();
      return answer.status;
    };
    const sign = (body: object, secret = SANDBOX_SECRET): string =>
      `sha1=${createHmac('sha1', secret).update(JSON.stringify(body)).digest('hex')}`;
    const status = async (user: string): Promise<unknown> => (await gate.account(user))['status'];
    const about = (): object => ({ topic: 'admin.removed_from_workspace', app_id: people[0]?.workspace_id });

    it('in a signed webhook: only the account that the provider really refuses is given up', async () => {
      await gate.control('revoke', { teammate_id: (people[0] as Teammate).id });
      expect(await post(about(), sign(about(), 'another secret'))).toBe(202);
      expect(await status('alice')).toBe('ACTIVE');
      expect(await post({ ...about(), app_id: 'another workspace' }, sign(about()))).toBe(202);
      expect(await status('alice')).toBe('ACTIVE');
      const told = await toldDuring(async () => expect(await post(about(), sign(about()))).toBe(202));
      expect(told).toContain('connected_account.revoked_by_provider');
      expect(await status('alice')).toBe('DISCONNECTED');
      expect(await status('bob')).toBe('ACTIVE');
      const before = (await gate.auditEvents('&type=connected_account.revoked_by_provider')).length;
      expect(await post(about(), sign(about()))).toBe(202);
      expect(await gate.auditEvents('&type=connected_account.revoked_by_provider')).toHaveLength(before);
    });

    it('in a signed webhook that somebody repeats: followed up once', async () => {
      const body = { ...about(), id: 'notif_1' };
      const asked = async (): Promise<number> => (await gate.providerRequests()).length;
      const before = await asked();
      await post(body, sign(body));
      const once = await asked();
      for (let i = 0; i < 3; i++) expect(await post(body, sign(body))).toBe(202);
      // Another spelling of the same signature
      expect(await post(body, sign(body).toUpperCase().replace('SHA1', 'sha1'))).toBe(202);
      expect([once > before, await asked()]).toEqual([true, once]);
      const next = { ...about(), id: 'notif_2' };
      await post(next, sign(next));
      expect(await asked()).toBeGreaterThan(once);
    });

    it('in a signed webhook that could not be followed up: it counts when the provider sends it again', async () => {
      const body = { ...about(), id: 'notif_3' };
      await gate.control('revoke', { teammate_id: (people[0] as Teammate).id });
      const accounts = gate.nest.get(ConnectedAccountsService, { strict: false });
      const resolve = accounts.resolveForCall.bind(accounts);
      accounts.resolveForCall = () => Promise.reject(new Error('The database is down'));
      expect(await post(body, sign(body))).toBe(202);
      accounts.resolveForCall = resolve;
      expect(await status('alice')).toBe('ACTIVE');
      expect(await post(body, sign(body))).toBe(202);
      expect(await status('alice')).toBe('DISCONNECTED');
    });

    it('in an unsigned call: a hint, followed up once a minute', async () => {
      const before = (await gate.providerRequests()).length;
      // Anybody may send these; they must not use up what is there for those that are about somebody
      expect(await post({ ...about(), app_id: 'a workspace of nobody' })).toBe(202);
      for (let i = 0; i < 5; i++) expect(await post(about())).toBe(202);
      // Once for each account of the connection
      expect((await gate.providerRequests()).slice(before).map(({ path }) => path)).toEqual(['/me', '/me']);
      expect([await status('alice'), await status('bob')]).toEqual(['ACTIVE', 'ACTIVE']);
    });

    it('of a connection that there is not: the same answer', async () => {
      const answer = await send(`${gate.url}/webhooks/provider/conn_00000000000000000000000000`, {
        method: 'POST',
        json: {},
      });
      expect(answer.status).toBe(202);
    });
  });

  describe('at the provider, where only the whole workspace can be revoked', () => {
    const disconnect = async (user: string, body = {}): Promise<unknown> =>
      (
        await gate.post(`/api/v1/connected_accounts/${String((await gate.account(user))['id'])}:disconnect`, body)
      ).json()['connected_account'];
    const sendThem = async (): Promise<void> => {
      const sender = gate.nest.get(RevocationSender, { strict: false });
      // The first may be the end of a run that the node had begun by itself
      await sender.run();
      await sender.run();
    };
    const uninstalls = async (): Promise<number> =>
      (await gate.providerRequests()).filter(({ path }) => path === '/auth/uninstall').length;

    it('O11 a colleague’s disconnect ends nobody else’s access; the last one’s uninstalls the app', async () => {
      expect(await disconnect('alice')).toMatchObject({
        upstream_revocation: { state: 'skipped', last_error: 'in_use_by_others' },
      });
      await sendThem();
      expect((await list('bob')).status).toBe(200);
      const told = await toldDuring(async () => {
        expect(await disconnect('bob')).toMatchObject({ upstream_revocation: { state: 'pending', attempts: 0 } });
        await sendThem();
      });
      expect(told).toContain('connected_account.upstream_revoked');
      expect(await uninstalls()).toBe(1);
      const page = (await gate.get('/api/v1/revocations?state=done')).json();
      expect(page).toMatchObject({ revocations: [{ identifier: 'bob', ends: 'workspace', last_error: null }] });
      expect(await gate.auditEvents('&type=connected_account.upstream_revoked')).toHaveLength(1);
      await gate.connect('bob', (people[1] as Teammate).id);
    });

    it('O11 an explicit uninstall does so at once', async () => {
      const before = await uninstalls();
      await disconnect('alice', { uninstall: true });
      await sendThem();
      expect(await uninstalls()).toBe(before + 1);
      expect((await list('bob')).json()).toMatchObject({ code: 'account_not_active' });
      await gate.connect('bob', (people[1] as Teammate).id);
    });
  });
});
