import type { send } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

describe('the paths of the published AgentKit API', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
  });
  afterAll(() => gate.stop());

  describe('accounts, as clients of the published API ask for them', () => {
    it.each<[string, object]>([
      ['nothing of it', {}],
      ['null', { connected_account: null }],
      ['no details', { connected_account: {} }],
      ['an empty token', { connected_account: { authorization_details: { oauth_token: {} }, api_config: {} } }],
      [
        'empty texts',
        { connected_account: { authorization_details: { oauth_token: { access_token: '', scopes: [] } } } },
      ],
    ])('are made in PENDING_AUTH with %s', async (name, more) => {
      const answer = await gate.post('/api/v1/connected_accounts', {
        connector: 'intercom',
        identifier: `new ${name}`,
        user_id: '',
        ...more,
      });
      expect([answer.status, answer.json()['connected_account']]).toMatchObject([
        200,
        { status: 'PENDING_AUTH', last_used_at: null, authorization_details: { oauth_token: { scopes: [] } } },
      ]);
    });

    it.each<[string, object]>([
      ['authorization_details', { authorization_details: { oauth_token: { access_token: 'canary' } } }],
      ['authorization_details', { authorization_details: { static_auth: { details: { key: 'canary' } } } }],
      ['api_config', { api_config: { region: 'canary' } }],
    ])('are not made from %s', async (field, connectedAccount) => {
      const answer = await gate.post('/api/v1/connected_accounts', {
        connector: 'intercom',
        identifier: 'imported',
        connected_account: connectedAccount,
      });
      expect([answer.status, answer.json()['errors']]).toMatchObject([400, [{ field: `connected_account.${field}` }]]);
      expect(answer.text).not.toContain('canary');
      expect((await gate.get('/api/v1/connected_accounts?identifier=imported')).json()['total_size']).toBe(0);
    });

    it('are not found by auth before they are made, which is what makes getOrCreate create them', async () => {
      const path = '/api/v1/connected_accounts/auth?connector=intercom&identifier=first%20seen';
      expect((await gate.get(path)).json()['code']).toBe('account_not_found');
      await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'first seen' });
      expect((await gate.get(path)).json()).toEqual({ connected_account: await gate.account('first seen') });
    });

    it('are returned as they are by an update without tokens, and not updated with tokens', async () => {
      await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'updated' });
      const named = { connector: 'intercom', identifier: 'updated' };
      const update = (connectedAccount: object, who: object = named) =>
        gate.request('PUT', '/api/v1/connected_accounts', { ...who, connected_account: connectedAccount });
      expect((await update({ api_config: {} })).json()).toEqual({ connected_account: await gate.account('updated') });
      const details = { authorization_details: { oauth_token: { access_token: 'canary' } } };
      expect((await update(details)).json()).toMatchObject({ status: 400, code: 'invalid_arguments' });
      expect((await update({}, { connector: 'intercom', identifier: 'nobody' })).status).toBe(404);
    });

    it('are searched by a part of the identifier', async () => {
      for (const identifier of ['Needle one', 'needle two'])
        await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier });
      const search = (query: string) => gate.get(`/api/v1/connected_accounts:search?${query}`);
      const first = (await search('query=NEEDLE&page_size=1')).json();
      expect(first).toMatchObject({ total_size: 2, connected_accounts: [{ identifier: 'needle two' }] });
      const second = await search(`query=NEEDLE&page_size=1&page_token=${String(first['next_page_token'])}`);
      expect(second.json()).toMatchObject({ connected_accounts: [{ identifier: 'Needle one' }], next_page_token: '' });
      expect((await search('query=needle&connector=other')).json()['total_size']).toBe(0);
      expect([(await search('')).status, (await search('query=a&page_size=31')).status]).toEqual([400, 400]);
    });

    it('show the access token only to a client that was given that on purpose, and record each time', async () => {
      await gate.connect('disclosed', ((await gate.teammates())[0] as Teammate).id);
      const path = '/api/v1/connected_accounts/auth?connector=intercom&identifier=disclosed';
      const tokenIn = async (token?: string): Promise<unknown> => (await gate.get(path, token)).json();
      const shown = (token: unknown) => ({
        connected_account: { authorization_details: { oauth_token: { access_token: token } } },
      });
      expect(await tokenIn()).toMatchObject(shown(''));
      expect(await gate.auditEvents('&type=connected_account.credential_disclosed')).toEqual([]);
      const reader = await gate.clientWith({ permissions: ['accounts:read', 'accounts:read_credentials'] });
      expect(await tokenIn(reader)).toMatchObject(shown(gate.providerTokens.at(-1)));
      const { id } = await gate.account('disclosed');
      expect(await gate.auditEvents('&type=connected_account.credential_disclosed')).toMatchObject([
        { connected_account_id: id, identifier: 'disclosed', source: 'rest' },
      ]);
      await gate.post(`/api/v1/connected_accounts/${String(id)}:disconnect`, {});
      expect(await tokenIn(reader)).toMatchObject(shown(''));
    });

    it('have no authorization details in a list, and no page before', async () => {
      await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'listed' });
      const page = (await gate.get('/api/v1/connected_accounts?identifier=listed&provider=INTERCOM')).json();
      expect(page).toMatchObject({ total_size: 1, prev_page_token: '', connected_accounts: [{ last_used_at: null }] });
      expect((page['connected_accounts'] as object[])[0]).not.toHaveProperty('authorization_details');
    });

    it.each<[string, () => ReturnType<typeof send>]>([
      [
        'a new account',
        () => gate.post('/api/v1/connected_accounts', { connector: 'c', identifier: 'a', user_id: 'u' }),
      ],
      ['a link', () => gate.post('/api/v1/connected_accounts/magic_link', { connector: 'c', user_id: 'u' })],
      ['details', () => gate.get('/api/v1/connected_accounts/details?user_id=u&identifier=a')],
      ['a deletion', () => gate.post('/api/v1/connected_accounts:delete', { identifier: 'a', user_id: 'u' })],
      ['a list', () => gate.get('/api/v1/connected_accounts?user_id=u')],
      ['a call', () => gate.post('/api/v1/execute_tool', { tool_name: 'x', identifier: 'a', user_id: 'u' })],
      ['tools', () => gate.get('/api/v1/tools?filter.user_id=u')],
    ])('are not named by user_id: %s', async (_, request) => {
      const answer = await request();
      expect([answer.status, answer.json()['detail']]).toEqual([
        400,
        expect.stringMatching(/user_id: is not supported; use identifier$/),
      ]);
    });
  });

  describe('the feed of events', () => {
    const feed = (body: object, token?: string) =>
      gate.request('POST', '/api/v1/events/paginated', body, token ?? gate.token);

    it('tells of accounts and connections, newest first, in pages', async () => {
      const made = await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'told of' });
      const { id } = made.json()['connected_account'] as { id: string };
      await gate.magicLink('told of');
      const filter = { connected_account_id: id };
      const all = (await feed({ filter })).json();
      expect(all).toMatchObject({ next_page_token: '', prev_page_token: '' });
      expect(all['events']).toMatchObject([
        { type: 'connected_account.link_created', object: 'connected_account', data: { connected_account_id: id } },
        { type: 'connected_account.created', spec_version: '1', environment_id: gate.firstTenant.tenantId },
      ]);
      const first = (await feed({ filter, page_size: 1 })).json();
      const second = (await feed({ filter, page_size: 1, page_token: first['next_page_token'] })).json();
      expect([...(first['events'] as object[]), ...(second['events'] as object[])]).toEqual(all['events']);
      const created = { ...filter, event_types: ['connected_account.created'] };
      expect((await feed({ filter: created, page_size: 5_000 })).json()['events']).toHaveLength(1);
    });

    it.each<[string, object, string]>([
      ['a type that is not in it', { filter: { event_types: ['audit.listed'] } }, 'filter.event_types'],
      [
        'a span without time',
        { filter: { start_time: '2026-01-02T00:00:00Z', end_time: '2026-01-01T00:00:00Z' } },
        'filter.start_time',
      ],
      ['a bad page token', { page_token: 'nonsense' }, 'page_token'],
      ['an organization', { filter: { organization_id: 'org' } }, 'filter.organization_id'],
      ['no page', { page_size: 0 }, 'page_size'],
    ])('is not asked for %s', async (_, body, field) => {
      expect((await feed(body)).json()).toMatchObject({ code: 'invalid_arguments', errors: [{ field }] });
    });

    it('is for those who may read the audit trail', async () => {
      expect((await feed({}, await gate.clientWith({ permissions: ['accounts:read'] }))).status).toBe(403);
    });
  });

  describe('the catalogue', () => {
    const total = async (query: string): Promise<unknown> =>
      (await gate.get(`/api/v1/tools${query}`)).json()['total_size'];

    beforeAll(async () => {
      await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'pending' });
    });

    it('gives names instead of tools when a summary is asked for', async () => {
      const { tools, tool_names: names } = (await gate.get('/api/v1/tools?filter.summary=true')).json();
      expect([tools, names]).toEqual([[], expect.arrayContaining(['intercom_conversations_list'])]);
      expect((await gate.get('/api/v1/tools?filter.summary=false')).json()['tool_names']).toEqual([]);
      expect((await gate.get('/api/v1/tools?filter.summary=maybe')).status).toBe(400);
    });

    it('narrows to what a user or an account is connected with, and takes the provider in any case', async () => {
      const all = await total('?filter.provider=INTERCOM');
      expect(all).toBeGreaterThan(0);
      const { id } = await gate.account('pending');
      expect(await total('?filter.identifier=pending')).toBe(all);
      expect(await total(`?filter.connected_account_id=${String(id)}&filter.connector=intercom`)).toBe(all);
      expect(await total('?filter.identifier=pending&filter.connector=other')).toBe(0);
      expect(await total('?filter.identifier=pending&filter.organization_id=org')).toBe(0);
      expect(await total('?filter.identifier=nobody')).toBe(0);
    });

    it.each([
      ['an account that does not exist', `filter.connected_account_id=ca_${'0'.repeat(26)}`, 404, 'account_not_found'],
      ['what is no account id', 'filter.connected_account_id=x', 400, 'invalid_arguments'],
      ['an organization without a user', 'filter.organization_id=org', 400, 'invalid_arguments'],
    ])('can not be narrowed to %s', async (_, query, status, code) => {
      const answer = await gate.get(`/api/v1/tools?${query}`);
      expect([answer.status, answer.json()['code']]).toEqual([status, code]);
    });

    it('shows as available what a user has not connected, and no longer when they have', async () => {
      const available = (identifier: string, token?: string): Promise<unknown> =>
        gate
          .get(`/api/v1/tools/available?identifier=${identifier}`, token)
          .then((answer) => answer.json()['total_size']);
      const all = await total('');
      expect([await available('stranger'), await available('pending')]).toEqual([all, all]);
      const narrow = { permissions: ['tools:read', 'tools:execute'], allowed_tools: ['intercom_conversations_list'] };
      expect(await available('stranger', await gate.clientWith(narrow))).toBe(1);
      await gate.connect('settled', ((await gate.teammates())[0] as Teammate).id);
      expect(await available('settled')).toBe(0);
    });
  });
});
