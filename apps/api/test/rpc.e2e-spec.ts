import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SystemDatabase } from '#app/database';
import { selfSigned } from '#app/testing';
import { Browser } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';
import { type ClientOptions, PublishedClient, type Thrown } from './published-client.js';

const LIST = 'intercom_conversations_list';
const GET = 'intercom_conversation_get';
const REPLY = 'intercom_conversation_reply';
/** As the connector has it. */
const PROVIDER_TIMEOUT_MS = 10_000;
const DOORS = ['in cleartext', 'over TLS'] as const;

const BAD_REQUEST = { class: 'ScalekitBadRequestException', errorCode: 'VALIDATION' };

type Door = (typeof DOORS)[number];
type Json = Record<string, unknown>;

interface Scoped {
  readonly tools: readonly { tool: { definition: { name: string; description: string; input_schema: object } } }[];
}

describe('the published client, unmodified', () => {
  let gate: Harness;
  let folder: string;
  let clients: Readonly<Record<Door, PublishedClient>>;
  let conversation: string;
  let hours = 0;

  beforeAll(async () => {
    const clock = { now: () => Date.now() + hours * 3_600_000 };
    gate = await Harness.start({ clock, env: { GATEHOUSE_TOOL_DEADLINE_MS: '30000' } });
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-tls-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const made = selfSigned();
    await writeFile(cert, made.cert);
    await writeFile(key, made.key);
    const secure = await gate.addNode({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
    clients = {
      'in cleartext': await PublishedClient.start(gate.url),
      'over TLS': await PublishedClient.start(secure, { NODE_EXTRA_CA_CERTS: cert }),
    };
    await connectPeople();
    const { data } = await clients['in cleartext'].call<{ data: { conversations: { id: string }[] } }>(
      'tools.executeTool',
      [{ toolName: LIST, identifier: 'user_123', params: { state: 'open', limit: 1 } }],
    );
    conversation = data.conversations[0]?.id as string;
  });
  afterAll(async () => {
    for (const door of DOORS) clients[door].stop();
    await gate.stop();
    await rm(folder, { recursive: true });
  });
  afterEach(() => gate.clearFaults());

  async function connectPeople(): Promise<void> {
    const people = (await gate.teammates()).filter((one, _, all) => one.workspace_id === all[0]?.workspace_id);
    const seated = people.find((one) => one.has_inbox_seat) as Teammate;
    await gate.connect('user_123', seated.id);
    await gate.connect('seatless', (people.find((one) => !one.has_inbox_seat) as Teammate).id);
    for (const door of DOORS) await gate.connect(`refused ${door}`, seated.id);
    for (const identifier of ['leaver', 'impatient', 'other']) await gate.connect(identifier, seated.id);
    await gate.magicLink('pending');
  }

  const sentDuring = async (work: () => Promise<unknown>): Promise<number> => {
    const before = (await gate.providerRequests()).length;
    await work();
    return (await gate.providerRequests()).length - before;
  };

  /** Resolves when a request reaches the provider. */
  const arrival = (path: RegExp): Promise<void> =>
    new Promise((resolve) => {
      gate.arrivals.listener = (request) => {
        if (path.test(request)) resolve();
      };
    });

  /** The record of a call that was given up before the provider's own time was over. */
  const givenUp = async (identifier: string): Promise<Json> => {
    for (;;) {
      const events = await gate.auditEvents(`&type=tool.executed&identifier=${identifier}`);
      const found = events.find((event) => event['error_code'] === 'timeout');
      if (found === undefined) continue;
      expect(found['duration_ms']).toBeLessThan(PROVIDER_TIMEOUT_MS);
      return found;
    }
  };

  describe.each(DOORS)('%s', (door) => {
    const call = <Value = Json>(path: string, args: readonly unknown[], client?: ClientOptions): Promise<Value> =>
      clients[door].call<Value>(path, args, client);
    const failure = (path: string, args: readonly unknown[], client?: ClientOptions): Promise<Thrown> =>
      clients[door].failure(path, args, client);
    const execute = (toolName: string, params: object, identifier = 'user_123') =>
      call<{ data: Json; executionId: string }>('tools.executeTool', [{ toolName, identifier, params }]);
    const named = () => ({ connector: 'intercom', identifier: `made ${door}` });

    it("runs the product page's sample", async () => {
      const filter = { connectionNames: ['intercom'], toolNames: [LIST, GET, REPLY] };
      const { tools } = await call<Scoped>('tools.listScopedTools', ['user_123', { filter, pageSize: 100 }]);
      const definitions = tools.map((each) => each.tool.definition);
      expect(definitions.map(({ name }) => name).toSorted()).toEqual([GET, REPLY, LIST].toSorted());
      for (const definition of definitions)
        expect(definition).toMatchObject({ description: expect.any(String), input_schema: { type: 'object' } });
      expect(await execute(definitions.find(({ name }) => name === LIST)?.name ?? '', { limit: 2 })).toMatchObject({
        executionId: expect.stringMatching(/^exe_/),
        data: { conversations: [{ id: expect.any(String) }, { id: expect.any(String) }] },
      });
      const [record] = await gate.auditEvents('&type=tool.executed');
      expect(record).toMatchObject({ source: 'grpc', identifier: 'user_123' });
    });

    describe('calls every method:', () => {
      it('tools', async () => {
        const filter = { provider: 'INTERCOM', toolName: [LIST] };
        expect(await call('tools.listTools', [{ filter, pageSize: 10 }])).toMatchObject({
          totalSize: 1,
          nextPageToken: '',
          tools: [{ provider: 'INTERCOM', definition: { name: LIST } }],
        });
        const summary = await call('tools.listTools', [{ filter: { summary: true }, pageSize: 2 }]);
        expect(summary).toMatchObject({ tools: [], toolNames: [expect.any(String), expect.any(String)] });
        const next = { pageSize: 2, pageToken: summary['nextPageToken'] };
        const { tools } = await call<{ tools: object[] }>('tools.listTools', [next]);
        expect(tools).toHaveLength(2);
        expect(await call('tools.listAvailableTools', ['newcomer', { pageSize: 1 }])).toMatchObject({
          tools: [{ id: expect.stringMatching(/^tol_/), definition: { annotations: expect.any(Object) } }],
        });
        const call2 = { toolName: GET, identifier: 'user_123', toolInput: { conversation_id: conversation } };
        expect(await call('actions.executeTool', [call2])).toMatchObject({ data: { id: conversation } });
      });

      it('accounts, from their making to their end', async () => {
        const { connector: connectionName, identifier } = named();
        const made = await call('actions.getOrCreateConnectedAccount', [{ connectionName, identifier }]);
        // 3: PENDING_AUTH
        const account = { identifier, status: 3, connector: 'intercom', id: expect.stringMatching(/^ca_/) };
        expect(made).toMatchObject({ connectedAccount: account });
        expect(await call('actions.getOrCreateConnectedAccount', [{ connectionName, identifier }])).toEqual(made);
        expect(await call('connectedAccounts.createConnectedAccount', [{ ...named(), connectedAccount: {} }])).toEqual(
          made,
        );
        const updated = await call('actions.updateConnectedAccount', [{ connectionName, identifier }]);
        expect(updated['connectedAccount']).toEqual(made['connectedAccount']);
        const query = { connectionName, identifier, pageSize: 5, connectionNames: ['intercom'] };
        expect(await call('actions.listConnectedAccounts', [query])).toMatchObject({
          totalSize: 1,
          connectedAccounts: [account],
        });
        expect(await call('actions.getAuthorizationLink', [{ connectionName, identifier }])).toMatchObject({
          link: expect.stringMatching(/^http/),
          expiry: { seconds: expect.any(String) },
        });
        await call('actions.deleteConnectedAccount', [{ connectionName, identifier }]);
        const gone = await failure('actions.getConnectedAccount', [{ connectionName, identifier }]);
        expect(gone).toMatchObject({ class: 'ScalekitNotFoundException', errorCode: 'CONNECTED_ACCOUNT_NOT_FOUND' });
      });

      it('links that end with a word of the tenant', async () => {
        const identifier = `verified ${door}`;
        const wanted = { connectionName: 'intercom', identifier, state: 's', userVerifyUrl: `${gate.url}/health/live` };
        const { link } = await call<{ link: string }>('actions.getAuthorizationLink', [wanted]);
        const authRequestId = await consentTo(link);
        const { postUserVerifyRedirectUrl } = await call('actions.verifyConnectedAccountUser', [
          { authRequestId, identifier },
        ]);
        expect(postUserVerifyRedirectUrl).toMatch(/^http/);
        expect((await gate.account(identifier))['status']).toBe('ACTIVE');
        expect(await failure('actions.verifyConnectedAccountUser', [{ authRequestId, identifier }])).toMatchObject({
          class: 'ScalekitNotFoundException',
        });
      });

      it('connections and events', async () => {
        expect(await call('actions.listConnections', [{ pageSize: 30 }])).toMatchObject({
          totalSize: 1,
          connections: [
            { id: expect.stringMatching(/^conn_/), type: 'OAUTH', status: 'COMPLETED', connectionName: 'intercom' },
          ],
        });
        const filter = { eventTypes: ['connected_account.created'] };
        const page = await call<{ events: Json[]; nextPageToken: string }>('events.listEventsPaginated', [
          1,
          undefined,
          filter,
        ]);
        expect(page.events).toMatchObject([{ id: expect.stringMatching(/^evt_/), type: filter.eventTypes[0] }]);
        const more = await call<{ events: Json[] }>('events.listEventsPaginated', [1, page.nextPageToken, filter]);
        expect(more.events).toMatchObject([{ type: filter.eventTypes[0] }]);
        expect(more.events[0]?.['id']).not.toBe(page.events[0]?.['id']);
      });
    });

    it('never sees a token of a user, unless its client was given that on purpose', async () => {
      const who = [{ connectionName: 'intercom', identifier: 'user_123' }];
      const shown = (accessToken: unknown) => ({
        connectedAccount: { authorizationDetails: { details: { case: 'oauthToken', value: { accessToken } } } },
      });
      expect(await call('actions.getConnectedAccount', who)).toMatchObject(shown(''));
      const reader = await apiClient({ permissions: ['accounts:read', 'accounts:read_credentials'] });
      expect(await call('actions.getConnectedAccount', who, reader)).toMatchObject(shown(gate.providerTokens[0]));
      const [record] = await gate.auditEvents('&type=connected_account.credential_disclosed');
      expect(record).toMatchObject({ source: 'grpc', identifier: 'user_123' });
    });

    it('verifies tokens with the published keys', async () => {
      expect(await call('validateAccessToken', [gate.token, { requiredScopes: ['tools:execute'] }])).toBe(true);
      expect(await call('validateAccessToken', [gate.token, { requiredScopes: ['no:such'] }])).toBe(false);
      expect(await call('validateAccessToken', [`${gate.token.slice(0, -8)}AAAAAAAA`])).toBe(false);
    });

    it("finds tools by the names of the published API's catalogue too", async () => {
      expect(await execute('intercom_list_conversations', { limit: 1 })).toMatchObject({
        data: { conversations: [{ id: expect.any(String) }] },
      });
    });

    it('takes undefined and NaN for absent, and says what is wrong with numbers that lost their end', async () => {
      const params = { state: 'open', priority: undefined, limit: Number.NaN };
      expect((await execute(LIST, params)).data['conversations']).toEqual(expect.any(Array));
      const lossy = { toolName: GET, identifier: 'user_123', params: { conversation_id: 2 ** 53 + 2 } };
      expect(await failure('tools.executeTool', [lossy])).toMatchObject({
        class: 'ScalekitBadRequestException',
        errorCode: 'VALIDATION',
      });
    });

    it('is let in twenty times at once, each time without a token first', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => execute(LIST, { limit: 1 })));
      expect(new Set(answers.map(({ executionId }) => executionId)).size).toBe(20);
    });

    describe('throws', () => {
      const asked = (toolName: string, params: object = {}, identifier = 'user_123') => [
        { toolName, identifier, params },
      ];

      it.each<[string, string, () => readonly unknown[], Partial<Thrown>]>([
        [
          'an unknown tool',
          'tools.executeTool',
          () => asked('nothing_like_it'),
          { class: 'ScalekitNotFoundException', errorCode: 'TOOL_NOT_FOUND' },
        ],
        [
          'an unknown user',
          'tools.executeTool',
          () => asked(LIST, {}, 'nobody'),
          { class: 'ScalekitNotFoundException', errorCode: 'CONNECTED_ACCOUNT_NOT_FOUND' },
        ],
        [
          'wrong arguments',
          'tools.executeTool',
          () => asked(LIST, { limit: 'many' }),
          { class: 'ScalekitBadRequestException', errorCode: 'VALIDATION' },
        ],
        [
          'an account that nobody has connected yet',
          'tools.executeTool',
          () => asked(LIST, {}, 'pending'),
          { class: 'ScalekitToolUnauthorizedException', isTool: true, toolErrorCode: 'PENDING_AUTH' },
        ],
        [
          'a write that the rules forbid',
          'tools.executeTool',
          () => asked(REPLY, { conversation_id: conversation, body: 'x' }, 'seatless'),
          { class: 'ScalekitForbiddenException', errorCode: 'POLICY_DENIED' },
        ],
        [
          'a service that is not there',
          'organization.listOrganization',
          () => [{ pageSize: 1 }],
          { class: 'ScalekitNotImplementedException' },
        ],
        [
          'a message of 21 MB',
          'tools.executeTool',
          () => asked(LIST, { query: 'x'.repeat(21 * 1024 * 1024) }),
          { class: 'ScalekitTooManyRequestsException', errorCode: 'PAYLOAD_TOO_LARGE' },
        ],
        ['a page token that is none', 'tools.listTools', () => [{ pageToken: 'x' }], BAD_REQUEST],
        [
          'a page token that is none',
          'tools.listScopedTools',
          () => ['user_123', { filter: {}, pageToken: 'x' }],
          BAD_REQUEST,
        ],
        ['a page token that is none', 'tools.listAvailableTools', () => ['user_123', { pageToken: 'x' }], BAD_REQUEST],
        ['a page token that is none', 'actions.listConnectedAccounts', () => [{ pageToken: 'x' }], BAD_REQUEST],
        ['a page token that is none', 'actions.listConnections', () => [{ pageToken: 'x' }], BAD_REQUEST],
        ['a page token that is none', 'events.listEventsPaginated', () => [1, 'x'], BAD_REQUEST],
        ['too large a page', 'actions.listConnectedAccounts', () => [{ pageSize: 100 }], BAD_REQUEST],
        [
          'a user that is named by user_id',
          'tools.executeTool',
          () => [{ toolName: LIST, userId: 'u', params: {} }],
          BAD_REQUEST,
        ],
      ])('what is documented for %s: %s', async (_, path, args, expected) => {
        expect(await failure(path, args())).toMatchObject(expected);
      });

      it('what is wrong in which argument', async () => {
        const { plain } = await failure('tools.executeTool', asked(LIST, { limit: 'many' }));
        expect(plain).toMatchObject({
          _unpackedDetails: [{ validationErrorInfo: { fieldViolations: [{ field: 'params.limit' }] } }],
        });
      });

      it.each<[string, object, Partial<Thrown>]>([
        ['403', { status: 403, code: 'forbidden' }, { class: 'ScalekitToolForbiddenException' }],
        ['404', { status: 404, code: 'not_found' }, { class: 'ScalekitToolException', toolErrorCode: 'NOT_FOUND' }],
        [
          '500',
          { status: 500, code: 'server_error' },
          { class: 'ScalekitToolException', toolErrorCode: 'PROVIDER_ERROR' },
        ],
        [
          '429',
          { kind: 'rate_limit', reset_seconds: 60 },
          { class: 'ScalekitToolRateLimitException', toolErrorCode: 'PROVIDER_RATE_LIMITED' },
        ],
      ])('what the provider answered as the failure of a tool: %s', async (_, fault, expected) => {
        const match = { method: 'GET', path: `/conversations/${conversation}` };
        await gate.fault({ match, kind: 'status', ...fault });
        const thrown = await failure('tools.executeTool', asked(GET, { conversation_id: conversation }));
        expect(thrown).toMatchObject({ ...expected, isTool: true, executionId: expect.stringMatching(/^exe_/) });
        expect(thrown.toolErrorMessage).toBe(thrown.message.replace(/^\[\w+\] /, ''));
      });

      it('that the user has to connect again where the provider no longer knows the token', async () => {
        await gate.fault({ match: { path: '/conversations/*' }, kind: 'status', status: 401, code: 'token_revoked' });
        const who = `refused ${door}`;
        const thrown = await failure('tools.executeTool', asked(GET, { conversation_id: conversation }, who));
        const status = (await gate.account(who))['status'];
        expect(thrown).toMatchObject({ class: 'ScalekitToolUnauthorizedException', toolErrorCode: status });
        expect(thrown.message).toContain(status);
        expect(JSON.stringify(thrown.plain)).toContain('/connect/');
      });

      it('that a write may have happened, and makes it once', async () => {
        await gate.fault({ match: { method: 'POST', path: '*/reply' }, kind: 'reset' });
        const sent = await sentDuring(async () => {
          const args = asked(REPLY, { conversation_id: conversation, body: `unknown ${door}` });
          expect(await failure('tools.executeTool', args)).toMatchObject({ toolErrorCode: 'UNKNOWN_OUTCOME' });
        });
        expect(sent).toBe(1);
      });

      it('what a client may not do', async () => {
        const limited = await apiClient({ permissions: ['tools:execute'], allowed_tools: [LIST] });
        const forbidden = { class: 'ScalekitForbiddenException', errorCode: 'POLICY_DENIED' };
        expect(await failure('tools.listTools', [], limited)).toMatchObject(forbidden);
        const args = asked(GET, { conversation_id: conversation });
        expect(await failure('tools.executeTool', args, limited)).toMatchObject(forbidden);
      });

      it('the answer to its own request for a token where its secret is wrong, or has been replaced', async () => {
        const wrong = { clientSecret: 'wrong-secret-of-enough-characters-too' };
        expect(await failure('tools.listTools', [], wrong)).toMatchObject({ class: 'AxiosError', status: 401 });
        const replaced = { ...(await apiClient({ permissions: ['tools:execute'] })), keep: `replaced ${door}` };
        const args = asked(LIST, { limit: 1 });
        await call('tools.executeTool', args, replaced);
        await gate.post(`/api/v1/clients/${String(replaced.clientId)}:rotate`, {});
        expect(await failure('tools.executeTool', args, replaced)).toMatchObject({ class: 'AxiosError', status: 401 });
      });
    });
  });

  describe('that vanishes in the middle of a call', () => {
    /** Of a call that somebody begins and then hears no more of. */
    const vanishingDuring = async (call: object, path: RegExp): Promise<void> => {
      const somebody = await PublishedClient.start(gate.url);
      const arrived = arrival(path);
      somebody.call('tools.executeTool', [call]).catch(() => undefined);
      await arrived;
      somebody.kill();
    };

    it('is on record with a read, and the provider is not asked any longer', async () => {
      await gate.fault({ match: { path: '/conversations/*' }, kind: 'hang' });
      const call = { toolName: GET, identifier: 'leaver', params: { conversation_id: conversation } };
      await vanishingDuring(call, /^GET \/conversations\//);
      expect(await givenUp('leaver')).toMatchObject({ source: 'grpc', tool_name: GET });
    });

    it('is on record where it did not want to wait any longer, and throws what is documented', async () => {
      await gate.fault({ match: { path: '/conversations/*' }, kind: 'hang' });
      const call = { toolName: GET, identifier: 'impatient', params: { conversation_id: conversation } };
      const options = { options: { toolTimeoutMs: 1_000 } };
      const thrown = await clients['in cleartext'].failure('tools.executeTool', [call], options);
      expect(thrown.class).toBe('ScalekitGatewayTimeoutException');
      expect(await givenUp('impatient')).toMatchObject({ source: 'grpc', tool_name: GET });
    });

    it('has its write made once, and its repeat told what became of that', async () => {
      const params = { conversation_id: conversation, body: 'said once' };
      const call = { toolName: REPLY, identifier: 'user_123', params };
      await gate.fault({ match: { method: 'POST', path: '*/reply' }, kind: 'slow', ms: 1_500, times: 1 });
      const sent = await sentDuring(async () => {
        await vanishingDuring(call, /POST .*\/reply/);
        await marked();
        const { executionId } = await clients['in cleartext'].call<{ executionId: string }>('tools.executeTool', [
          call,
        ]);
        expect(await gate.auditEvents('&type=execution.replayed')).toMatchObject([
          { source: 'grpc', detail: { execution_id: executionId, tool: REPLY } },
        ]);
      });
      expect(sent).toBe(1);
    });

    /** The server has seen that the caller of a write is gone. */
    const marked = async (): Promise<void> => {
      const database = gate.nest.get(SystemDatabase, { strict: false });
      const marks = {
        name: 'test.vanished',
        text: `SELECT 1 AS there FROM idempotency_keys WHERE key LIKE 'vanished %'`,
      };
      while ((await database.query<object>(marks, [])).length === 0);
    };
  });

  describe('beside other clients over HTTP/2', () => {
    const execute = (session: ClientHttp2Session, tool: string, params: object): ClientHttp2Stream => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${gate.token}` };
      const stream = session.request({ ':method': 'POST', ':path': '/api/v1/execute_tool', ...headers });
      stream.end(JSON.stringify({ tool_name: tool, identifier: 'other', params }));
      return stream;
    };
    let session: ClientHttp2Session;
    beforeAll(() => {
      session = connect(gate.url);
    });
    afterAll(() => session.destroy());

    it('that call tools by REST', async () => {
      const answer = JSON.parse(await text(execute(session, LIST, { limit: 1 }))) as Json;
      expect(answer).toMatchObject({ data: { conversations: [{ id: expect.any(String) }] } });
    });

    it('that vanish: the provider is not asked any longer', async () => {
      await gate.fault({ match: { path: '/conversations/*' }, kind: 'hang' });
      const arrived = arrival(/^GET \/conversations\//);
      const stream = execute(session, GET, { conversation_id: conversation });
      await arrived;
      stream.close(constants.NGHTTP2_CANCEL);
      expect(await givenUp('other')).toMatchObject({ source: 'rest', tool_name: GET });
    });
  });

  describe('with a node that', () => {
    it('limits its calls is told so, and does not call again by itself', async () => {
      const limited = await PublishedClient.start(await gate.addNode({ GATEHOUSE_CLIENT_CALLS_PER_MINUTE: '1' }));
      const args = [{ toolName: LIST, identifier: 'user_123', params: { limit: 1 } }];
      await limited.call('tools.executeTool', args);
      const refused = (await gate.auditEvents('&type=tool.refused')).length;
      expect(await limited.failure('tools.executeTool', args)).toMatchObject({
        class: 'ScalekitTooManyRequestsException',
        errorCode: 'RATE_LIMITED',
      });
      expect((await gate.auditEvents('&type=tool.refused')).length).toBe(refused + 1);
      limited.stop();
    });

    it('stops loses no call that it has begun', async () => {
      const url = await gate.addNode();
      const client = await PublishedClient.start(url);
      const keep = { keep: 'warm' };
      const call = { toolName: GET, identifier: 'user_123', params: { conversation_id: conversation } };
      await client.call('tools.executeTool', [call], keep);
      await gate.fault({ match: { path: '/conversations/*' }, kind: 'slow', ms: 500, times: 4 });
      let begun = 0;
      const allBegun = new Promise<void>((resolve) => {
        gate.arrivals.listener = (request) => {
          if (request.startsWith('GET /conversations/') && (begun += 1) === 4) resolve();
        };
      });
      const calls = Array.from({ length: 4 }, () => client.call('tools.executeTool', [call], keep));
      await allBegun;
      await gate.stopNode(url);
      for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ data: { id: conversation } });
      client.stop();
    });

    it('no longer knows its token gets a new one', async () => {
      const keep = { keep: 'a day old' };
      const args = [{ filter: { summary: true } }];
      await clients['in cleartext'].call('tools.listTools', args, keep);
      hours = 25;
      expect(await clients['in cleartext'].call('tools.listTools', args, keep)).toMatchObject({ tools: [] });
    });
  });

  /** Opens a link as the first teammate and allows; returns what the tenant's own server is asked to vouch for. */
  async function consentTo(link: string): Promise<string> {
    const browser = new Browser();
    const asked = await browser.openConnectLink(link);
    const teammate = (await gate.teammates())[0]?.id as string;
    const { url } = await gate.answerConsent(browser, asked, { teammate, decision: 'allow' });
    return new URL(url).searchParams.get('auth_request_id') ?? '';
  }

  async function apiClient(limits: object): Promise<ClientOptions> {
    const made = (await gate.post('/api/v1/clients', { name: 'limited', ...limits })).json();
    return { clientId: (made['client'] as { id: string }).id, clientSecret: String(made['client_secret']) };
  }
});
