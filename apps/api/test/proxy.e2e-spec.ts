import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { text } from 'node:stream/consumers';
import { send, type Answer } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';
import { PublishedClient } from './published-client.js';

const BOUNDARY = 'x-boundary-7';

describe('the proxy to a provider', () => {
  let gate: Harness;
  let alice: Teammate;
  let reader: string;
  beforeAll(async () => {
    gate = await Harness.start();
    const people = (await gate.teammates()).filter((one, _, all) => one.workspace_id === all[0]?.workspace_id);
    alice = people.find((one) => one.has_inbox_seat) as Teammate;
    await gate.connect('alice', alice.id);
    await gate.connect('carol', (people.find((one) => !one.has_inbox_seat) as Teammate).id);
    reader = await gate.clientWith({ permissions: ['proxy:read'] });
  });
  afterAll(() => gate.stop());
  afterEach(() => gate.clearFaults());

  interface Ask {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly json?: unknown;
    readonly raw?: string;
    readonly headers?: Record<string, string>;
    readonly token?: string;
    readonly identifier?: string;
    readonly connection?: string;
  }

  const ask = (path: string, { token, identifier = 'alice', connection = 'intercom', headers, ...call }: Ask = {}) =>
    send(`${gate.url}/proxy${path}`, {
      ...call,
      headers: {
        authorization: `Bearer ${token ?? gate.token}`,
        connection_name: connection,
        identifier,
        ...headers,
      },
    });

  const sentDuring = async (work: () => Promise<unknown>): Promise<{ method: string; path: string }[]> => {
    const before = (await gate.providerRequests()).length;
    await work();
    return (await gate.providerRequests()).slice(before);
  };

  const recordsOf = (answer: Answer): Promise<Record<string, unknown>[]> => {
    const id = answer.headers['x-execution-id'] ?? (answer.json()['execution_id'] as string);
    return gate.auditEvents(`&execution_id=${String(id)}`);
  };

  it("hands a request on as the user, and the provider's answer back", async () => {
    const answer = await ask('/me');
    expect([answer.status, answer.json()]).toMatchObject([200, { type: 'admin', id: alice.id }]);
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringContaining('json'),
      'x-execution-id': expect.stringMatching(/^exe_/),
      'content-security-policy': "default-src 'none'; sandbox",
    });
  });

  it('goes to the path that it is asked for by a whole URL', async () => {
    const { hostname, port } = new URL(gate.url);
    const headers = { authorization: `Bearer ${gate.token}`, connection_name: 'intercom', identifier: 'alice' };
    const path = 'http://elsewhere.example/proxy/me';
    const sent = await sentDuring(async () => {
      const [answer] = (await once(get({ hostname, port, path, headers }), 'response')) as [IncomingMessage];
      expect([answer.statusCode, JSON.parse(await text(answer))]).toMatchObject([200, { type: 'admin', id: alice.id }]);
    });
    expect(sent).toMatchObject([{ path: '/me' }]);
  });

  it('does so over HTTP/2 too', async () => {
    const session = connectHttp2(gate.url);
    const named = { connection_name: 'intercom', identifier: 'alice' };
    const stream = session.request({ ':path': '/proxy/me', authorization: `Bearer ${gate.token}`, ...named });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect([headers[':status'], JSON.parse(await text(stream))]).toMatchObject([200, { type: 'admin', id: alice.id }]);
    session.close();
  });

  it('keeps the query as it is', async () => {
    const arrived: string[] = [];
    gate.arrivals.listener = (each) => void arrived.push(each);
    await ask('/contacts/none?a[]=1&a[]=2&b=x%20y&c=');
    gate.arrivals.listener = () => undefined;
    expect(arrived).toHaveLength(1);
    const { pathname, searchParams } = new URL(arrived[0]?.replace('GET ', '') ?? '', gate.url);
    const query = [
      ['a[]', '1'],
      ['a[]', '2'],
      ['b', 'x y'],
      ['c', ''],
    ];
    expect([pathname, [...searchParams]]).toEqual(['/contacts/none', query]);
  });

  it('writes with the body as it came', async () => {
    const list = (await gate.execute('intercom_conversations_list', 'alice', { state: 'open', limit: 1 })).json();
    const [{ id }] = (list['data'] as { conversations: [{ id: string }] }).conversations;
    const body = { type: 'admin', admin_id: alice.id, message_type: 'comment', body: 'By the proxy' };
    const answer = await ask(`/conversations/${id}/reply`, { method: 'POST', json: body });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('By the proxy')]);
  });

  it('hands on a body that is no JSON', async () => {
    const raw = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="a"\r\n\r\n\x01\x02\r\n--${BOUNDARY}--\r\n`;
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
    const requests = await sentDuring(() => ask('/contacts', { method: 'POST', raw, headers }));
    expect(requests).toMatchObject([{ method: 'POST', path: '/contacts' }]);
  });

  it('leaves the records of every call, without query values, headers or bodies', async () => {
    const headers = { 'x-note': 'canary-header' };
    const answer = await ask('/conversations/1/reply?note=canary-query', {
      method: 'POST',
      json: { body: 'canary-body' },
      headers,
    });
    const [outcome, intent] = await recordsOf(answer);
    expect(intent).toMatchObject({
      type: 'tool.requested',
      source: 'proxy',
      tool_name: 'intercom.request',
      identifier: 'alice',
      principal_id: alice.id,
      detail: { arguments: { method: 'POST', path: '/conversations/1/reply', query: ['note'] } },
    });
    expect(outcome).toMatchObject({ type: 'tool.executed', provider_status: answer.status, source: 'proxy' });
    expect(JSON.stringify([intent, outcome])).not.toContain('canary');
  });

  it('hands a refusal of the provider back as it is, and records it as a failure', async () => {
    const answer = await ask('/conversations/999999999');
    expect([answer.status, answer.json()]).toMatchObject([404, { type: 'error.list' }]);
    expect(await recordsOf(answer)).toMatchObject([
      { type: 'tool.executed', status: 'failure', error_code: 'not_found', provider_status: 404 },
      { type: 'tool.requested' },
    ]);
  });

  it('sends a request once, whatever comes of it', async () => {
    await gate.fault({ kind: 'status', status: 503, times: 1, match: { path: '/me' } });
    const requests = await sentDuring(async () => expect((await ask('/me')).status).toBe(503));
    expect(requests).toHaveLength(1);
  });

  describe('who may', () => {
    it('is said by a permission for reading, and another for everything else', async () => {
      expect((await ask('/me', { token: reader })).status).toBe(200);
      const sent = await sentDuring(async () => {
        const answer = await ask('/contacts', { method: 'POST', json: {}, token: reader });
        expect(answer.json()).toMatchObject({ status: 403, code: 'permission_denied', rule: 'client.permission' });
        expect(await recordsOf(answer)).toMatchObject([{ type: 'tool.refused', tool_name: 'intercom.request' }]);
        const executor = await gate.clientWith({ permissions: ['tools:execute', 'proxy:write'] });
        expect((await ask('/me', { token: executor })).json()).toMatchObject({ code: 'permission_denied' });
      });
      expect(sent).toEqual([]);
    });

    it('is narrowed by the allowed tools of the client and the access rules of the connector', async () => {
      const limits = { permissions: ['proxy:read', 'proxy:write'] };
      const narrow = await gate.clientWith({ ...limits, allowed_tools: ['intercom_conversations_list'] });
      expect((await ask('/me', { token: narrow })).json()).toMatchObject({ rule: 'toolset.client' });
      const wide = await gate.clientWith({ ...limits, allowed_tools: ['intercom.request'] });
      expect((await ask('/me', { token: wide })).status).toBe(200);
      expect((await ask('/contacts', { method: 'POST', json: {}, identifier: 'carol' })).json()).toMatchObject({
        code: 'policy_denied',
        rule: 'access.inbox_seat',
      });
      expect((await ask('/me', { identifier: 'carol' })).status).toBe(200);
    });

    it('is not by way of execute_tool', async () => {
      expect((await gate.execute('intercom.request', 'alice', { method: 'GET', path: '/me' })).status).toBe(404);
    });
  });

  describe('is not', () => {
    it.each<[string, string, string, Ask]>([
      ['without a user', '/me', 'identifier', { identifier: ' ' }],
      ['without a connection', '/me', 'connection_name', { connection: ' ' }],
      ['for another host', '//evil.example/me', 'params.path', {}],
      ['out of the base by encoded dots', '/a/%2e%2e%2fb', 'params.path', {}],
      ['by an encoded slash', '/a%2fb', 'params.path', {}],
      ['by a backslash', '/a%5Cb', 'params.path', {}],
      ['for no path', '/', 'params.path', {}],
    ])('used %s', async (_, path, field, more) => {
      const sent = await sentDuring(async () => {
        expect((await ask(path, more)).json()).toMatchObject({
          code: 'invalid_arguments',
          errors: [{ field }],
        });
      });
      expect(sent).toEqual([]);
    });

    it.each([
      '/auth/uninstall',
      '/auth/eagle/token',
      '/AUTH/uninstall/',
      '/auth/%75ninstall',
      '/auth%252Funinstall',
      '/auth/uninstall.json',
      '/auth/uninstall;x=1',
      '/auth;x/uninstall',
      '/auth/uninstall%20',
    ])('used to get at authorizations: %s', async (path) => {
      const answer = await ask(path, { method: 'POST', json: {} });
      expect(answer.json()).toMatchObject({ code: 'policy_denied', rule: 'proxy.auth_endpoint' });
    });

    it('kept from what only begins as they do', async () => {
      const sent = await sentDuring(() => ask('/auth/uninstallations'));
      expect(sent).toMatchObject([{ path: '/auth/uninstallations' }]);
    });

    it('used on a connection or as a user that are not there', async () => {
      const nowhere = await ask('/me', { connection: 'nowhere' });
      expect(nowhere.json()).toMatchObject({ status: 404, code: 'not_found', execution_id: expect.any(String) });
      expect((await ask('/me', { identifier: 'nobody' })).json()).toMatchObject({ code: 'account_not_found' });
    });

    it('open to who has no token, and says so plainly', async () => {
      expect((await ask('/me', { token: 'nonsense' })).json()).toMatchObject({ status: 401, code: 'unauthenticated' });
    });

    it('given more than it takes', async () => {
      const raw = 'x'.repeat(4 * 1024 * 1024 + 1);
      expect((await ask('/contacts', { method: 'POST', raw })).json()).toMatchObject({ code: 'payload_too_large' });
    });
  });

  it('never passes on what is ours, and lets the credential be set by nobody', async () => {
    const seen: Record<string, unknown>[] = [];
    const headers = {
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'x-sdk-version': 'canary',
      accept: 'text/x-custom',
    };
    gate.arrivals.headers = (each) => void seen.push(each);
    await ask('/me', { headers });
    gate.arrivals.headers = () => undefined;
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ accept: 'text/x-custom', 'intercom-version': '2.16', 'user-agent': 'gatehouse' });
    expect(String(seen[0]?.['authorization'])).not.toContain(gate.token);
    for (const name of ['cookie', 'x-forwarded-for', 'x-sdk-version', 'connection_name', 'identifier'])
      expect(seen[0]).not.toHaveProperty(name);
  });

  it('brings none of the cookies of the provider back', async () => {
    gate.arrivals.answerHeaders = { 'set-cookie': 'session=canary', 'x-note': 'kept' };
    const { headers } = await ask('/me');
    gate.arrivals.answerHeaders = {};
    expect(headers).toMatchObject({ 'x-note': 'kept' });
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it('asks who the user is before an account is given up for a 401', async () => {
    await gate.connect('erin', alice.id);
    await gate.fault({ kind: 'status', status: 401, times: 1, match: { path: '/contacts/7' } });
    const sent = await sentDuring(async () => {
      expect((await ask('/contacts/7', { identifier: 'erin' })).status).toBe(401);
    });
    expect(sent.map(({ path }) => path)).toEqual(['/contacts/7', '/me']);
    expect(await gate.account('erin')).toMatchObject({ status: 'ACTIVE' });
  });

  describe('for the published client', () => {
    let sk: PublishedClient;
    beforeAll(async () => {
      sk = await PublishedClient.start(gate.url);
      // It asks for no token before a call over gRPC was refused for want of one
      await sk.call('tools.listAvailableTools', ['alice', {}], { keep: 'warm' });
    });
    afterAll(() => sk.stop());

    const request = (more: object) => [{ connectionName: 'intercom', identifier: 'alice', ...more }];

    it('answers actions.request', async () => {
      const answer = await sk.call('actions.request', request({ path: 'me', queryParams: { a: [1, 2] } }), {
        keep: 'warm',
      });
      expect(answer).toMatchObject({ status: 200, data: { type: 'admin', id: alice.id } });
    });

    it("tells a refusal of ours from the provider's", async () => {
      const ours = await sk.failure('actions.request', request({ path: '/me', identifier: 'nobody' }), {
        keep: 'warm',
      });
      const theirs = await sk.failure('actions.request', request({ path: '/conversations/999999999' }), {
        keep: 'warm',
      });
      expect([ours, theirs]).toMatchObject([
        { class: 'ScalekitNotFoundException', plain: { _errDetails: { code: 'account_not_found' } } },
        { class: 'ScalekitNotFoundException', plain: { _errDetails: { type: 'error.list' } } },
      ]);
    });
  });
});
