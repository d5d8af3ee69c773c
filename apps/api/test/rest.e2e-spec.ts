import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#app/config';
import { send } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

const NOON = '2026-11-23T12:00:00Z';
const FORM = 'application/x-www-form-urlencoded';
const nested = (levels: number): string => `{"tool_name":"x","params":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;

describe('the REST door', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
  });
  afterAll(() => gate.stop());

  const raw = (path: string, body: string, type: string): ReturnType<typeof send> =>
    send(gate.url + path, {
      method: 'POST',
      raw: body,
      headers: { authorization: `Bearer ${gate.token}`, 'content-type': type },
    });

  it('says that a body is missing where only the content type came', async () => {
    const answer = await raw('/api/v1/keys/data:rotate', '', 'application/json');
    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringContaining('the body is empty') });
  });

  describe('answers every fault as a problem document', () => {
    it.each<[string, () => ReturnType<typeof send>, number, string]>([
      [
        'malformed JSON',
        () => raw('/api/v1/execute_tool', '{"tool_name":', 'application/json'),
        400,
        'invalid_arguments',
      ],
      ['an empty JSON body', () => raw('/api/v1/execute_tool', '', 'application/json'), 400, 'invalid_arguments'],
      ['a JSON list', () => raw('/api/v1/execute_tool', '[]', 'application/json'), 400, 'invalid_arguments'],
      ['a body that is a text', () => raw('/api/v1/execute_tool', '"x"', 'application/json'), 400, 'invalid_arguments'],
      [
        'a __proto__ key',
        () => raw('/api/v1/execute_tool', '{"tool_name":"x","__proto__":{"a":1}}', 'application/json'),
        400,
        'invalid_arguments',
      ],
      [
        'a wrong content type',
        () => raw('/api/v1/execute_tool', '<a/>', 'application/xml'),
        415,
        'unsupported_media_type',
      ],
      [
        'a body of more than 1 MiB',
        () => raw('/api/v1/execute_tool', JSON.stringify({ tool_name: 'x'.repeat(1_100_000) }), 'application/json'),
        413,
        'payload_too_large',
      ],
      ['an unknown path', () => gate.get('/api/v2/nothing'), 404, 'not_found'],
      ['an unknown method', () => gate.post('/api/v1/tools', {}), 404, 'not_found'],
      ['a URL that is not one', () => gate.get('/api/v1/executions/%zz'), 400, 'invalid_arguments'],
      ['a HEAD-less path', () => gate.get('/connect'), 404, 'not_found'],
      ['a page size out of range', () => gate.get('/api/v1/tools?page_size=0'), 400, 'invalid_arguments'],
      ['a page token of our own invention', () => gate.get('/api/v1/tools?page_token=abc'), 400, 'invalid_arguments'],
      ['an unknown query field', () => gate.get('/api/v1/tools?colour=red'), 400, 'invalid_arguments'],
      ['a bad audit page token', () => gate.get('/api/v1/audit/events?page_token=%00'), 400, 'invalid_arguments'],
      ['a bad time', () => gate.get('/api/v1/audit/events?start_time=yesterday'), 400, 'invalid_arguments'],
      ['an ISO week', () => gate.get('/api/v1/audit/events?start_time=2026-W01'), 400, 'invalid_arguments'],
      ['a bare date', () => gate.get('/api/v1/audit/events?end_time=2026-01-01'), 400, 'invalid_arguments'],
      [
        'a day that does not exist',
        () => gate.get('/api/v1/audit/events?start_time=2026-02-30T00:00:00Z'),
        400,
        'invalid_arguments',
      ],
      [
        'a leap second',
        () => gate.get('/api/v1/audit/events?start_time=2026-06-30T23:59:60Z'),
        400,
        'invalid_arguments',
      ],
      [
        'a span of time that ends when it begins',
        () => gate.get(`/api/v1/audit/events?start_time=${NOON}&end_time=${NOON}`),
        400,
        'invalid_arguments',
      ],
      [
        'a span of time to export that ends before it begins',
        () => gate.get(`/api/v1/audit/events:export?start_time=${NOON}&end_time=2026-11-23T11:00:00Z`),
        400,
        'invalid_arguments',
      ],
      [
        'JSON of 4,000 levels',
        () => raw('/api/v1/execute_tool', nested(4_000), 'application/json'),
        400,
        'invalid_arguments',
      ],
      ['a form field that nobody knows', () => raw('/oauth/token', 'a=1', FORM), 400, 'invalid_arguments'],
      ['a foreign execution', () => gate.get('/api/v1/executions/exe_01JZZZZZZZZZZZZZZZZZZZZZZZ'), 404, 'not_found'],
      ['an id that is not one', () => gate.get("/api/v1/connected_accounts/'; drop table"), 404, 'account_not_found'],
      ['a connection id that is not one', () => gate.get('/api/v1/connections/%00'), 404, 'not_found'],
      ['a change of what is no connection', () => gate.patch('/api/v1/connections/last', {}), 404, 'not_found'],
      [
        'an account id that is not one, to disconnect',
        () => gate.post('/api/v1/connected_accounts/last:disconnect', {}),
        404,
        'account_not_found',
      ],
    ])('%s', async (_, request, status, code) => {
      const answer = await request();
      expect([answer.status, answer.headers['content-type']]).toEqual([
        status,
        'application/problem+json; charset=utf-8',
      ]);
      expect(answer.json()).toMatchObject({
        type: `urn:gatehouse:error:${code}`,
        code,
        status,
        title: expect.any(String),
        detail: expect.any(String),
        request_id: answer.headers['x-request-id'],
      });
    });
  });

  it.each([
    ['connected_accounts/last', 'a connected account (ca_…)'],
    ['connections/last', 'a connection (conn_…)'],
  ])('says of an id that is none what it should have been: %s', async (path, what) => {
    expect((await gate.get(`/api/v1/${path}`)).json()['detail']).toBe(`"last" is not the id of ${what}.`);
  });

  describe('refuses text that no database or log should hold', () => {
    it.each<[string, string]>([
      ['connections', '/api/v1/connections?query=%00'],
      ['connections by provider', '/api/v1/connections?provider=%00'],
      ['connections in the published shape', '/api/v1/connections/app?query=a%0Ab'],
      ['accounts', '/api/v1/connected_accounts?query=%00'],
      ['accounts by provider', '/api/v1/connected_accounts?provider=%00'],
      ['accounts by names of connections', '/api/v1/connected_accounts?connection_names=%00'],
      ['an account', '/api/v1/connected_accounts/details?connector=%00&identifier=a'],
      ['scoped tools', '/api/v1/tools/scoped?identifier=%00'],
      ['available tools', '/api/v1/tools/available?identifier=%00'],
      ['tools', '/api/v1/tools?filter.query=%00'],
      ['audit events', '/api/v1/audit/events?identifier=%00'],
      ['audit events by type', '/api/v1/audit/events?type=%00'],
    ])('in a query for %s', async (_, path) => {
      const answer = await gate.get(path);
      expect([answer.status, answer.json()['detail']]).toEqual([400, expect.stringContaining('must be plain text')]);
    });

    it.each<[string, string, object]>([
      ['a new account', 'connected_accounts', { connector: '\0', identifier: 'a' }],
      ['a selector', 'connected_accounts:delete', { connector: '\0', identifier: 'a' }],
      ['a link', 'connected_accounts/magic_link', { connector: 'intercom', identifier: 'a', state: '\0' }],
      [
        'a URL',
        'connected_accounts/magic_link',
        { connector: 'intercom', identifier: 'a', user_verify_url: 'https://a.test/\0' },
      ],
      ['a verification', 'connected_accounts/user/verify', { auth_request_id: '\0', identifier: 'a' }],
      ['the user of a call', 'execute_tool', { tool_name: 'x', identifier: '\0' }],
      ['half a character', 'execute_tool', { tool_name: 'x', identifier: '\ud800' }],
      ['the run of a call', 'execute_tool', { tool_name: 'x', identifier: 'a', agent_run_id: '\u0007' }],
      ['the toolset of a call', 'execute_tool', { tool_name: 'x', identifier: 'a', toolset: ['\0'] }],
    ])('in %s', async (_, path, body) => {
      const answer = await gate.post(`/api/v1/${path}`, body);
      expect([answer.status, answer.json()['detail']]).toEqual([400, expect.stringContaining('must be plain text')]);
    });

    it.each([
      ['a read', 'intercom_contacts_search', { query: 'a\0b\ud800' }],
      ['a write', 'intercom_conversation_reply', { conversation_id: '1', body: 'a\0b\ud800' }],
      ['an unknown argument', 'intercom_conversation_get', { 'a\0': 1 }],
    ])('in the arguments of %s, or else it is carried through: no failure of ours', async (_, tool, params) => {
      await gate.connect('texter', ((await gate.teammates())[0] as Teammate).id);
      const answer = await gate.execute(tool, 'texter', params, {}, { 'idempotency-key': `text-${tool}` });
      expect([tool, answer.text]).toEqual([tool, expect.not.stringMatching(/"code":"(internal|not_available)"/)]);
    });
  });

  describe('authentication', () => {
    it.each([
      ['no token', undefined],
      ['not a bearer token', 'Basic eDp5'],
      ['a token that is none', 'Bearer abc'],
      ['a token signed by somebody else', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJza2NfdGVzdGNsaWVudDAifQ.c2ln'],
      ['an unsigned token', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJza2NfdGVzdGNsaWVudDAifQ.'],
    ])('refuses %s', async (_, authorization) => {
      const answer = await send(`${gate.url}/api/v1/tools`, authorization ? { headers: { authorization } } : {});
      expect([answer.status, answer.json()['code']]).toEqual([401, 'unauthenticated']);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    });

    it.each([
      ['a wrong secret', { client_id: 'skc_testclient0', client_secret: 'x' }],
      ['an unknown client', { client_id: 'skc_unknown0000', client_secret: 'x' }],
    ])('gives no token for %s, and says the same for both', async (_, credentials) => {
      const answer = await send(`${gate.url}/oauth/token`, {
        method: 'POST',
        form: { grant_type: 'client_credentials', ...credentials },
      });
      expect([answer.status, answer.json()['error'], answer.json()['detail']]).toEqual([
        401,
        'invalid_client',
        'The client id or the client secret is wrong, or the client is disabled.',
      ]);
    });

    it('takes client id and secret as HTTP Basic, too', async () => {
      const basic = Buffer.from('skc_testclient0:test-client-secret-of-enough-characters').toString('base64');
      const answer = await send(`${gate.url}/oauth/token`, {
        method: 'POST',
        form: { grant_type: 'client_credentials' },
        headers: { authorization: `Basic ${basic}` },
      });
      expect(answer.json()).toMatchObject({ token_type: 'Bearer', access_token: expect.any(String) });
    });

    it('serves twenty cold clients at once', async () => {
      const tokens = await Promise.all(
        Array.from({ length: 20 }, () => gate.tokenFor('skc_testclient0', 'test-client-secret-of-enough-characters')),
      );
      expect(tokens.every((token) => token.split('.').length === 3)).toBe(true);
    });

    it('publishes the key that verifies its tokens, and no private part of it', async () => {
      const { keys } = (await send(`${gate.url}/keys`)).json() as { keys: Record<string, string>[] };
      const header = JSON.parse(Buffer.from(gate.token.split('.')[0] as string, 'base64url').toString()) as {
        kid: string;
      };
      expect(keys.map(({ kid }) => kid)).toContain(header.kid);
      for (const key of keys) expect(Object.keys(key)).not.toContain('d');
    });

    it('ends with the client: a disabled one is refused at its next call', async () => {
      const made = (await gate.post('/api/v1/clients', { name: 'short-lived', permissions: ['tools:read'] })).json();
      const { id } = made['client'] as { id: string };
      const token = await gate.tokenFor(id, String(made['client_secret']));
      expect((await gate.get('/api/v1/tools', token)).status).toBe(200);
      const disabled = await gate.patch(`/api/v1/clients/${id}`, { status: 'disabled' });
      expect(disabled.status).toBe(200);
      expect((await gate.get('/api/v1/tools', token)).status).toBe(401);
    });

    it('lets nobody grant what they do not hold', async () => {
      const token = await gate.clientWith({ permissions: ['clients:write'] });
      const answer = await gate.post(
        '/api/v1/clients',
        { name: 'x', permissions: ['tools:execute'] },
        { authorization: `Bearer ${token}` },
      );
      expect([answer.status, answer.json()['code']]).toEqual([403, 'permission_denied']);
    });
  });

  describe('connections', () => {
    const madeConnection = async (name: string): Promise<{ id: string }> => {
      const body = { name, connector: 'intercom', oauth_client_id: 'app', oauth_client_secret: 's' };
      return (await gate.post('/api/v1/connections', body)).json()['connection'] as { id: string };
    };

    it('never shows a client secret again', async () => {
      const secret = 'canary-connection-secret';
      const made = await gate.post('/api/v1/connections', {
        name: 'second',
        connector: 'intercom',
        oauth_client_id: 'app',
        oauth_client_secret: secret,
      });
      const { id, redirect_uri: redirect } = made.json()['connection'] as { id: string; redirect_uri: string };
      expect(redirect).toBe(`${gate.url}/oauth/callback/${id}`);
      const shown = [
        made,
        await gate.get(`/api/v1/connections/${id}`),
        await gate.get('/api/v1/connections'),
        await gate.get('/api/v1/connections/app'),
      ];
      for (const answer of shown) expect(answer.text).not.toContain(secret);
      expect((await gate.remove(`/api/v1/connections/${id}`)).status).toBe(204);
    });

    it('takes null for absent in a change', async () => {
      const { id } = await madeConnection('nulls');
      const answer = await gate.patch(`/api/v1/connections/${id}`, {
        oauth_client_id: null,
        oauth_client_secret: null,
        params: null,
        endpoints: null,
        user_verification: null,
        status: null,
      });
      expect([answer.status, answer.json()['connection']]).toMatchObject([
        200,
        { oauth_client_id: 'app', status: 'enabled', user_verification: 'optional' },
      ]);
    });

    it.each(['oauth_client_id', 'oauth_client_secret'])('refuses an empty %s in a change', async (field) => {
      const { id } = await madeConnection(`empty-${field}`);
      const answer = await gate.patch(`/api/v1/connections/${id}`, { [field]: ' ' });
      expect([answer.status, answer.json()['errors']]).toMatchObject([400, [{ field }]]);
    });

    it('lists them in the published shape, by provider in any case and by a part of the name', async () => {
      const { id } = await madeConnection('findable');
      const found = await gate.get('/api/v1/connections/app?provider=INTERCOM&query=FINDA&page_size=30');
      expect(found.json()).toMatchObject({
        connections: [{ id, key_id: 'findable' }],
        total_size: 1,
        prev_page_token: '',
      });
      expect((await gate.get('/api/v1/connections?provider=Intercom&query=findable')).json()['total_size']).toBe(1);
      expect((await gate.get('/api/v1/connections/app?page_size=31')).status).toBe(400);
    });

    it.each([
      ['a name that is taken', { name: 'intercom' }, 409, 'conflict'],
      ['an unknown connector', { connector: 'nothing' }, 400, 'invalid_arguments'],
      ['a name with a slash', { name: 'a/b' }, 400, 'invalid_arguments'],
      ['a list of endpoints', { endpoints: [{ api_url: 'https://a.test' }] }, 400, 'invalid_arguments'],
      ['an endpoint that is no URL', { endpoints: { api_url: 'nowhere' } }, 400, 'invalid_arguments'],
    ])('refuses %s', async (_, change, status, code) => {
      const body = {
        name: 'third',
        connector: 'intercom',
        oauth_client_id: 'app',
        oauth_client_secret: 's',
        ...change,
      };
      const answer = await gate.post('/api/v1/connections', body);
      expect([answer.status, answer.json()['code']]).toEqual([status, code]);
    });
  });

  it('serves a page that reads its description, from itself only', async () => {
    expect((await gate.get('/api/docs')).headers['content-security-policy']).toContain("default-src 'self'");
  });

  it('tells whether it is alive and ready, and its metrics', async () => {
    expect((await send(`${gate.url}/health/live`)).json()).toEqual({ status: 'ok' });
    expect((await send(`${gate.url}/health/ready`)).json()).toEqual({ status: 'ok' });
    const { text } = await send(`${gate.url}/metrics`);
    const told = [...text.matchAll(/^# TYPE (gatehouse_\w+) /gm)].map(([, name]) => name);
    const operations = readFileSync(join(projectRoot(), 'docs/operations.md'), 'utf8');
    const documented = [...operations.matchAll(/^\| `(gatehouse_\w+)`/gm)].map(([, name]) => name);
    expect(new Set(told)).toEqual(new Set(documented));
    for (const sample of [
      /^gatehouse_refreshes_in_flight 0$/m,
      /^gatehouse_revocations\{state="pending"\} 0$/m,
      /^gatehouse_revocation_oldest_seconds 0$/m,
      /^gatehouse_data_keys\{state="primary"\} [1-9]/m,
      /^gatehouse_data_keys_wrapped\{master_key="current"\} [1-9]/m,
      /^gatehouse_data_keys_wrapped\{master_key="other"\} 0$/m,
      /^gatehouse_vault_records_total\{action="sealed"\} [1-9]/m,
    ])
      expect(text).toMatch(sample);
  });
});
