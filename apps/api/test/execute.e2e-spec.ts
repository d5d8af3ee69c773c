import { request } from 'node:http';
import { Gate } from '#app/testing';
import { send } from '../../demo/src/http.js';
import { closed, Harness, type Teammate } from './harness.js';

const LIST = 'intercom_conversations_list';
const GET = 'intercom_conversation_get';
const REPLY = 'intercom_conversation_reply';
const ASSIGN = 'intercom_conversation_assign';

describe('executing a tool as a user', () => {
  let gate: Harness;
  let alice: Teammate;
  let bob: Teammate;
  let seatless: Teammate;

  beforeAll(async () => {
    gate = await Harness.start({ env: { GATEHOUSE_TOOL_DEADLINE_MS: '6000' } });
    const people = (await gate.teammates()).filter((one, _, all) => one.workspace_id === all[0]?.workspace_id);
    const seated = people.filter((one) => one.has_inbox_seat);
    [alice, bob] = [seated[0] as Teammate, seated[1] as Teammate];
    seatless = people.find((one) => !one.has_inbox_seat) as Teammate;
    await gate.connect('alice', alice.id);
    await gate.connect('bob', bob.id);
    await gate.connect('carol', seatless.id);
  });

  afterAll(() => gate.stop());
  afterEach(() => gate.clearFaults());

  const someConversation = async (): Promise<string> => {
    const { data } = (await gate.execute(LIST, 'alice', { state: 'open', limit: 1 })).json() as {
      data: { conversations: { id: string }[] };
    };
    return data.conversations[0]?.id as string;
  };

  const requestsDuring = async (work: () => Promise<unknown>): Promise<number> => {
    const before = (await gate.providerRequests()).length;
    await work();
    return (await gate.providerRequests()).length - before;
  };

  it('answers the first prompt: open, high priority, unassigned for more than four hours', async () => {
    const params = { state: 'open', priority: 'high', unassigned: true, waiting_longer_than_hours: 4, limit: 50 };
    const answer = await gate.execute(LIST, 'alice', params);
    const { data, execution_id: id } = answer.json() as {
      data: { conversations: Record<string, unknown>[]; total_count: number };
      execution_id: string;
    };
    expect(answer.status).toBe(200);
    expect(id).toMatch(/^exe_/);
    expect(data.conversations.length).toBeGreaterThan(0);
    expect(data.conversations).toHaveLength(data.total_count);
    for (const one of data.conversations)
      expect(one).toMatchObject({ state: 'open', priority: 'high', id: expect.stringMatching(/^\d+$/) });
  });

  it("writes in the user's own name, whatever the agent says", async () => {
    const id = await someConversation();
    const params = { conversation_id: id, body: 'Hello <b>there</b>' };
    expect((await gate.execute(REPLY, 'alice', { ...params, admin_id: bob.id })).json()).toMatchObject({
      code: 'invalid_arguments',
    });
    expect((await gate.execute(REPLY, 'alice', params)).status).toBe(200);
    const { data } = (await gate.execute(GET, 'bob', { conversation_id: id })).json() as {
      data: { parts: { author: { id: string }; body: string }[] };
    };
    expect(data.parts.at(-1)).toMatchObject({ author: { id: alice.id }, body: 'Hello <b>there</b>' });
  });

  it.each([
    ['me', () => alice.id],
    ['nobody', () => null],
    ['by id', () => bob.id],
  ])('assigns to %s', async (assignee, expected) => {
    const id = await someConversation();
    const target = assignee === 'by id' ? bob.id : assignee;
    const answer = (await gate.execute(ASSIGN, 'alice', { conversation_id: id, assignee: target })).json() as {
      data: { admin_assignee_id: string | null };
    };
    expect(answer.data.admin_assignee_id).toBe(expected());
  });

  describe('a denied call', () => {
    it.each([
      ['a toolset of the call', { toolset: [LIST] }, 'toolset.call'],
      ['an empty toolset', { toolset: [] }, 'toolset.call'],
    ])('is blocked by %s and never reaches the provider', async (_, more, rule) => {
      const conversation_id = await someConversation();
      const sent = await requestsDuring(async () => {
        const answer = await gate.execute(REPLY, 'alice', { conversation_id, body: 'x' }, more);
        expect(answer.status).toBe(403);
        expect(answer.json()).toMatchObject({
          code: 'policy_denied',
          rule,
          execution_id: expect.stringMatching(/^exe_/),
        });
      });
      expect(sent).toBe(0);
    });

    it("is blocked by the API client's allowed tools", async () => {
      const token = await gate.clientWith({ permissions: ['tools:execute'], allowed_tools: [LIST] });
      const headers = { authorization: `Bearer ${token}` };
      const sent = await requestsDuring(async () => {
        const answer = await gate.execute(GET, 'alice', { conversation_id: '1' }, {}, headers);
        expect(answer.json()).toMatchObject({ code: 'policy_denied', rule: 'toolset.client' });
      });
      expect(sent).toBe(0);
      expect((await gate.execute(LIST, 'alice', { limit: 1 }, {}, headers)).status).toBe(200);
    });

    it('is blocked and recorded when the API client may not execute tools', async () => {
      const token = await gate.clientWith({ permissions: ['tools:read'] });
      const answer = await gate.execute(LIST, 'alice', {}, {}, { authorization: `Bearer ${token}` });
      expect(answer.json()).toMatchObject({ status: 403, code: 'permission_denied', rule: 'client.permission' });
      const [record] = await gate.auditEvents(`&execution_id=${String(answer.json()['execution_id'])}`);
      expect(record).toMatchObject({ type: 'tool.refused', error_code: 'permission_denied', decision: 'deny' });
    });

    it('tells a client that may not execute tools nothing else: not what is missing, nor who is connected', async () => {
      const authorization = `Bearer ${await gate.clientWith({ permissions: ['tools:read'] })}`;
      for (const [tool, identifier] of [
        [GET, 'alice'],
        [LIST, 'nobody'],
      ] as const)
        expect((await gate.execute(tool, identifier, {}, {}, { authorization })).json()).toMatchObject({
          code: 'permission_denied',
          rule: 'client.permission',
        });
    });

    it('is blocked for a teammate without an inbox seat, for writes only', async () => {
      const conversation_id = await someConversation();
      const sent = await requestsDuring(async () => {
        const answer = await gate.execute(REPLY, 'carol', { conversation_id, body: 'x' });
        expect(answer.json()).toMatchObject({
          code: 'policy_denied',
          rule: expect.stringMatching(/^access\./),
          detail: expect.stringMatching(/seat/),
        });
      });
      expect(sent).toBe(0);
      expect((await gate.execute(GET, 'carol', { conversation_id })).status).toBe(200);
    });

    it('leaves one record that says why', async () => {
      const { execution_id: id } = (
        await gate.execute(REPLY, 'alice', { conversation_id: '1', body: 'geheim' }, { toolset: [] })
      ).json();
      const events = await gate.auditEvents(`&execution_id=${String(id)}`);
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        type: 'tool.refused',
        decision: 'deny',
        error_code: 'policy_denied',
        identifier: 'alice',
        tool_name: REPLY,
        source: 'rest',
        reason: expect.stringContaining('toolset.call'),
      });
      expect(JSON.stringify(events)).not.toContain('geheim');
    });
  });

  describe('bad input', () => {
    it.each<[string, string, object, string]>([
      ['a path as id', GET, { conversation_id: '../x' }, 'params.conversation_id'],
      ['"last" as id', REPLY, { conversation_id: 'last', body: 'x' }, 'params.conversation_id'],
      ['an encoded slash as id', GET, { conversation_id: '1%2f2' }, 'params.conversation_id'],
      ['a newline in an id', GET, { conversation_id: '1\n2' }, 'params.conversation_id'],
      ['a number as id', GET, { conversation_id: 215_000_000_000_001 }, 'params.conversation_id'],
      ['an array as id', GET, { conversation_id: ['1'] }, 'params.conversation_id'],
      ['a missing id', GET, {}, 'params.conversation_id'],
      ['an unknown field', LIST, { colour: 'red' }, 'params.colour'],
      ['a limit that is too large', LIST, { limit: 1e9 }, 'params.limit'],
      ['a limit that is a text', LIST, { limit: '5' }, 'params.limit'],
      ['an unknown state', LIST, { state: 'opened' }, 'params.state'],
      ['an empty reply', REPLY, { conversation_id: '1', body: '' }, 'params.body'],
      ['a very long reply', REPLY, { conversation_id: '1', body: 'x'.repeat(900_000) }, 'params.body'],
    ])('refuses %s, names the field and sends nothing', async (_, tool, params, field) => {
      const sent = await requestsDuring(async () => {
        const answer = await gate.execute(tool, 'alice', params);
        expect(answer.status).toBe(400);
        expect(answer.json()).toMatchObject({
          code: 'invalid_arguments',
          errors: expect.arrayContaining([{ field, message: expect.any(String) }]),
        });
      });
      expect(sent).toBe(0);
    });

    it.each([
      ['no JSON', '{"tool_name":'],
      ['a key that would change a prototype', `{"tool_name":"${GET}","__proto__":{}}`],
      ['a list', '[]'],
      ['more members than anybody sends', JSON.stringify({ params: Array(3_000).fill(1) })],
      ['a tool that is missing', '{"tool_name":"nothing"}'],
      ['an invalid token', '{"tool_name":"nothing"}', 'Bearer none'],
      ['a call that is fine', `{"tool_name":"${LIST}","identifier":"alice","params":{"limit":1}}`],
    ])('is answered the same by both servers that take calls: %s', async (_, raw, token = `Bearer ${gate.token}`) => {
      // spelled in another way than ours, a content type takes the long way; Fastify ends the connection of who sends no JSON
      const ways = ['application/json', 'application/json;charset=UTF-8'].map(async (type) => {
        const headers = { authorization: token, 'content-type': type };
        const answer = await send(`${gate.url}/api/v1/execute_tool`, { method: 'POST', raw, headers });
        const own = ['date', 'x-request-id', 'content-length', 'connection', 'keep-alive'];
        const said = Object.entries(answer.headers).filter(([name]) => !own.includes(name));
        const { request_id: id, execution_id: execution, ...body } = answer.json();
        expect(answer.headers['x-request-id']).toMatch(/^req_/);
        expect(id ?? answer.headers['x-request-id']).toBe(answer.headers['x-request-id']);
        return { status: answer.status, said: Object.fromEntries(said), body, executed: execution !== undefined };
      });
      const [short, long] = await Promise.all(ways);
      expect(short).toEqual(long);
    });

    it('takes null for an optional argument as absent', async () => {
      expect(
        (await gate.execute(LIST, 'alice', { state: 'open', tag_id: null, assigned_to: null, limit: 1 })).status,
      ).toBe(200);
    });

    it.each([
      ['an unknown tool', { tool_name: 'intercom_nothing', identifier: 'alice' }, 404, 'tool_not_found'],
      ['a user without an account', { tool_name: LIST, identifier: 'nobody' }, 404, 'account_not_found'],
      ['no user at all', { tool_name: LIST }, 400, 'invalid_arguments'],
      ['an unknown connection', { tool_name: LIST, identifier: 'alice', connector: 'other' }, 404, 'account_not_found'],
      ['a field that is not known', { tool_name: LIST, identifier: 'alice', sudo: true }, 400, 'invalid_arguments'],
      ['params that are a list', { tool_name: LIST, identifier: 'alice', params: [] }, 400, 'invalid_arguments'],
    ])('refuses %s', async (_, body, status, code) => {
      const answer = await gate.post('/api/v1/execute_tool', body);
      expect([answer.status, answer.json()['code']]).toEqual([status, code]);
    });

    it('asks which account is meant when two fit, and takes the one that is named', async () => {
      const made = await gate.post('/api/v1/connections', {
        name: 'intercom-emea',
        connector: 'intercom',
        oauth_client_id: 'sandbox-app',
        oauth_client_secret: 'canary-oauth-app-secret-8d1f',
        endpoints: {
          authorize_url: `${gate.sandboxUrl}/oauth`,
          token_url: `${gate.sandboxUrl}/auth/eagle/token`,
          api_url: gate.sandboxUrl,
        },
      });
      expect(made.status).toBe(201);
      expect((await gate.execute(LIST, 'alice', { limit: 1 })).status).toBe(200);
      await gate.connect('alice', alice.id, { connector: 'intercom-emea' });
      const ambiguous = await gate.execute(LIST, 'alice', { limit: 1 });
      const named = await gate.execute(LIST, 'alice', { limit: 1 }, { connector: 'intercom-emea' });
      const connection = made.json()['connection'] as { id: string };
      const removed = await gate.remove(`/api/v1/connections/${connection.id}`);
      expect(ambiguous.json()).toMatchObject({
        code: 'invalid_arguments',
        detail: expect.stringMatching(/intercom.*intercom-emea/),
      });
      expect([named.status, removed.status]).toEqual([200, 204]);
      expect((await gate.execute(LIST, 'alice', { limit: 1 })).status).toBe(200);
    });
  });

  describe('a provider that misbehaves', () => {
    const conversation = { conversation_id: '' };
    beforeAll(async () => {
      conversation.conversation_id = await someConversation();
    });

    it.each<[string, object, number, string]>([
      ['403', { kind: 'status', status: 403, code: 'forbidden' }, 403, 'forbidden_by_provider'],
      ['404', { kind: 'status', status: 404, code: 'not_found' }, 404, 'not_found'],
      ['500', { kind: 'status', status: 500, code: 'server_error' }, 502, 'provider_error'],
      ['HTML instead of JSON', { kind: 'html' }, 502, 'provider_error'],
      ['a truncated body', { kind: 'truncate' }, 502, 'provider_error'],
      ['a body of 100 MB', { kind: 'huge' }, 502, 'provider_error'],
      ['broken JSON', { kind: 'malformed_json' }, 502, 'provider_error'],
      ['a redirect to another host', { kind: 'redirect', url: 'http://127.0.0.1:1/steal' }, 502, 'provider_error'],
      ['a hang', { kind: 'hang' }, 504, 'timeout'],
      [
        'a rate limit that ends after the deadline',
        { kind: 'rate_limit', reset_seconds: 60 },
        429,
        'provider_rate_limited',
      ],
    ])('is reported on a read: %s', async (_, fault, status, code) => {
      await gate.fault({ match: { method: 'GET', path: `/conversations/${conversation.conversation_id}` }, ...fault });
      const answer = await gate.execute(GET, 'alice', conversation);
      expect([answer.status, answer.json()['code']]).toEqual([status, code]);
      expect((await gate.account('alice'))['status']).toBe('ACTIVE');
    });

    it.each<[string, object]>([
      ['a reset after the write was sent', { kind: 'reset' }],
      ['a 500', { kind: 'status', status: 500, code: 'server_error' }],
      ['HTML instead of an answer', { kind: 'html' }],
      ['a hang', { kind: 'hang' }],
    ])('leaves a write with an unknown outcome and does not repeat it: %s', async (_, fault) => {
      await gate.fault({
        match: { method: 'POST', path: `/conversations/${conversation.conversation_id}/reply` },
        ...fault,
      });
      const sent = await requestsDuring(async () => {
        const answer = await gate.execute(REPLY, 'alice', { ...conversation, body: 'once' });
        expect([answer.status, answer.json()['code']]).toEqual([502, 'unknown_outcome']);
        const execution = (await gate.get(`/api/v1/executions/${String(answer.json()['execution_id'])}`)).json();
        expect(execution['execution']).toMatchObject({ status: 'unknown' });
      });
      expect(sent).toBe(1);
    });

    it('names the scope that the app lacks at the provider', async () => {
      await gate.fault({
        match: { method: 'GET', path: `/conversations/${conversation.conversation_id}` },
        kind: 'status',
        status: 403,
        code: 'forbidden',
        message: 'This resource requires the required scope (read_conversations)',
        times: 1,
      });
      const answer = await gate.execute(GET, 'alice', conversation);
      expect(answer.json()).toMatchObject({ code: 'missing_scope', missing_scopes: ['read_conversations'] });
    });

    it('says which argument the provider did not find, and does not guess', async () => {
      const answer = await gate.execute(ASSIGN, 'alice', { ...conversation, assignee: 'Alex' });
      expect(answer.json()).toMatchObject({
        code: 'invalid_arguments',
        errors: [{ field: 'params.assignee', message: expect.stringMatching(/Alex Kim.*Alex Morgan/) }],
      });
    });

    it('waits for a rate limit that ends within the deadline', async () => {
      await gate.fault({
        match: { method: 'GET', path: `/conversations/${conversation.conversation_id}` },
        kind: 'rate_limit',
        reset_seconds: 1,
        times: 1,
      });
      expect((await gate.execute(GET, 'alice', conversation)).status).toBe(200);
    });

    it('tries a read again after a passing failure', async () => {
      await gate.fault({
        match: { method: 'GET', path: `/conversations/${conversation.conversation_id}` },
        kind: 'status',
        status: 503,
        code: 'service_unavailable',
        times: 1,
      });
      expect((await gate.execute(GET, 'alice', conversation)).status).toBe(200);
    });

    it('does not pass on a token that the provider echoes', async () => {
      await gate.fault({
        match: { method: 'GET', path: `/conversations/${conversation.conversation_id}` },
        kind: 'echo_token',
      });
      const answer = await gate.execute(GET, 'alice', conversation);
      expect(gate.providerTokens.length).toBeGreaterThan(0);
      for (const token of gate.providerTokens) expect(answer.text).not.toContain(token);
    });
  });

  describe('an idempotency key', () => {
    it('makes a write happen once', async () => {
      const params = { conversation_id: await someConversation(), body: 'only once' };
      const headers = { 'idempotency-key': 'k-1' };
      const first = await gate.execute(REPLY, 'alice', params, {}, headers);
      const sent = await requestsDuring(async () => {
        const second = await gate.execute(REPLY, 'alice', params, {}, headers);
        expect(second.json()).toEqual(first.json());
        expect(second.headers['idempotent-replayed']).toBe('true');
      });
      expect(sent).toBe(0);
      expect(await gate.auditEvents('&type=execution.replayed')).toHaveLength(1);
    });

    it('refuses another request under the same key', async () => {
      const conversation_id = await someConversation();
      const headers = { 'idempotency-key': 'k-2' };
      expect((await gate.execute(REPLY, 'alice', { conversation_id, body: 'one' }, {}, headers)).status).toBe(200);
      expect((await gate.execute(REPLY, 'alice', { conversation_id, body: 'two' }, {}, headers)).json()).toMatchObject({
        status: 409,
        code: 'conflict',
      });
    });

    it('is given back when nothing was sent', async () => {
      const conversation_id = await someConversation();
      const headers = { 'idempotency-key': 'k-3' };
      expect(
        (await gate.execute(REPLY, 'alice', { conversation_id, body: 'x' }, { toolset: [] }, headers)).status,
      ).toBe(403);
      expect((await gate.execute(REPLY, 'alice', { conversation_id, body: 'x' }, {}, headers)).status).toBe(200);
    });

    it('keeps a write with an unknown outcome from being made again', async () => {
      const params = { conversation_id: await someConversation(), body: 'perhaps' };
      const headers = { 'idempotency-key': 'k-4' };
      await gate.fault({ match: { method: 'POST' }, kind: 'reset', times: 1 });
      const first = await gate.execute(REPLY, 'alice', params, {}, headers);
      expect(first.json()).toMatchObject({ code: 'unknown_outcome' });
      const sent = await requestsDuring(async () => {
        expect((await gate.execute(REPLY, 'alice', params, {}, headers)).json()).toMatchObject({
          code: 'unknown_outcome',
          execution_id: first.json()['execution_id'],
        });
      });
      expect(sent).toBe(0);
    });
  });

  describe('a node that stops', () => {
    it('records what a write came to whose caller has gone, before it ends', async () => {
      const params = { conversation_id: await someConversation(), body: 'Said before the end' };
      const node = await gate.addNode();
      const provider = new Gate();
      provider.close();
      gate.arrivals.listener = (arrived) => (arrived.startsWith('POST') ? provider.pass() : undefined);
      const call = request(`${node}/api/v1/execute_tool`, { method: 'POST' });
      call.on('error', () => undefined).setHeader('authorization', `Bearer ${gate.token}`);
      call.setHeader('content-type', 'application/json');
      call.end(JSON.stringify({ tool_name: REPLY, identifier: 'alice', params, agent_run_id: 'run-of-the-end' }));
      await provider.arrived();
      call.destroy();
      const stopped = gate.stopNode(node);
      await closed(node);
      provider.open();
      await stopped;
      const intent = (await gate.auditEvents('&type=tool.requested')).find(
        ({ detail }) => (detail as Record<string, unknown>)['agent_run_id'] === 'run-of-the-end',
      );
      const [outcome] = await gate.auditEvents(`&execution_id=${String(intent?.['execution_id'])}`);
      expect(outcome).toMatchObject({ kind: 'outcome', status: 'success', provider_status: 200 });
    });
  });

  describe('the audit trail', () => {
    it('holds an intent and an outcome of a call: who, what, as whom, how it went', async () => {
      const params = { conversation_id: await someConversation(), body: 'a private word' };
      const id = String((await gate.execute(REPLY, 'alice', params, { agent_run_id: 'run-7' })).json()['execution_id']);
      const [outcome, intent] = await gate.auditEvents(`&execution_id=${id}`);
      expect(intent).toMatchObject({
        kind: 'intent',
        type: 'tool.requested',
        decision: 'allow',
        client_id: 'skc_testclient0',
        identifier: 'alice',
        principal_id: alice.id,
        tool_name: REPLY,
        connected_account_id: (await gate.account('alice'))['id'],
        detail: expect.objectContaining({
          arguments: expect.objectContaining({ conversation_id: params.conversation_id }),
        }),
      });
      expect(outcome).toMatchObject({
        kind: 'outcome',
        type: 'tool.executed',
        status: 'success',
        provider_status: 200,
        duration_ms: expect.any(Number),
      });
      expect(JSON.stringify([intent, outcome])).not.toContain('a private word');
    });

    it('is exported as one JSON object per line, oldest first', async () => {
      const text = (await gate.get('/api/v1/audit/events:export')).text;
      const events = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string });
      expect(events.length).toBeGreaterThan(20);
      expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted());
    });

    it('A9 records that it was read, by whom and for what', async () => {
      await gate.auditEvents('&tool=intercom_conversation_get&start_time=2026-01-01T00:00:00Z');
      const filters = { tool: 'intercom_conversation_get', start_time: '2026-01-01T00:00:00.000Z' };
      expect(await gate.auditEvents('&type=audit.listed')).toContainEqual(
        expect.objectContaining({ client_id: 'skc_testclient0', detail: { filters } }),
      );
    });
  });
});
