import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PERMISSIONS, newId } from '#app/kernel';
import pg from 'pg';
import { Browser, type Answer } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';
import { McpClientApp, passcodeIn, toldTo } from './mcp-client-app.js';

const SECRET = 'second-tenant-secret-of-enough-characters';
const GHOST = '01JZZZZZZZZZZZZZZZZZZZZZZZ';

interface Ids {
  readonly connection: string;
  readonly account: string;
  readonly client: string;
  readonly tenant: string;
  readonly execution: string;
  readonly webhook: string;
  /** Told to that webhook. */
  readonly event: string;
  readonly agentToken: string;
  readonly grant: string;
  readonly toolset: string;
}

const ghosts: Ids = {
  connection: `conn_${GHOST}`,
  account: `ca_${GHOST}`,
  client: `skc_${GHOST}`,
  tenant: `ten_${GHOST}`,
  execution: `exe_${GHOST}`,
  webhook: `whe_${GHOST}`,
  event: `evt_${GHOST}`,
  agentToken: `agt_${GHOST}`,
  grant: 'g'.repeat(43),
  toolset: `cfg_${GHOST}`,
};

/** Every route that names something by id. A new one belongs in here; the test below holds this list against the API description. */
const ROUTES: readonly {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** What is foreign, where more than one thing is named. */
  readonly of?: string;
  readonly url: (ids: Ids & { readonly ownWebhook: string }) => string;
  readonly body?: (ids: Ids) => object;
  /** Where it is not 404: what is named is one field of many. */
  readonly status?: 400;
}[] = [
  { method: 'GET', path: '/api/v1/connections/{id}', url: ({ connection }) => `/api/v1/connections/${connection}` },
  {
    method: 'PATCH',
    path: '/api/v1/connections/{id}',
    url: ({ connection }) => `/api/v1/connections/${connection}`,
    body: () => ({ status: 'disabled' }),
  },
  { method: 'DELETE', path: '/api/v1/connections/{id}', url: ({ connection }) => `/api/v1/connections/${connection}` },
  {
    method: 'GET',
    path: '/api/v1/connected_accounts/{id}',
    url: ({ account }) => `/api/v1/connected_accounts/${account}`,
  },
  {
    method: 'POST',
    path: '/api/v1/connected_accounts/{id}:disconnect',
    url: ({ account }) => `/api/v1/connected_accounts/${account}:disconnect`,
  },
  {
    method: 'POST',
    path: '/api/v1/connected_accounts/{id}:refresh',
    url: ({ account }) => `/api/v1/connected_accounts/${account}:refresh`,
  },
  {
    method: 'GET',
    path: '/api/v1/connected_accounts/details',
    url: ({ account }) => `/api/v1/connected_accounts/details?id=${account}`,
  },
  {
    method: 'GET',
    path: '/api/v1/connected_accounts/auth',
    url: ({ account }) => `/api/v1/connected_accounts/auth?id=${account}`,
  },
  {
    method: 'PUT',
    path: '/api/v1/connected_accounts',
    url: () => '/api/v1/connected_accounts',
    body: ({ account }) => ({ id: account, connected_account: {} }),
  },
  {
    method: 'POST',
    path: '/api/v1/connected_accounts:delete',
    url: () => '/api/v1/connected_accounts:delete',
    body: ({ account }) => ({ id: account }),
  },
  {
    method: 'POST',
    path: '/api/v1/connected_accounts/magic_link',
    url: () => '/api/v1/connected_accounts/magic_link',
    body: ({ account }) => ({ id: account }),
  },
  { method: 'GET', path: '/api/v1/clients/{id}', url: ({ client }) => `/api/v1/clients/${client}` },
  {
    method: 'PATCH',
    path: '/api/v1/clients/{id}',
    url: ({ client }) => `/api/v1/clients/${client}`,
    body: () => ({ status: 'disabled' }),
  },
  { method: 'POST', path: '/api/v1/clients/{id}:rotate', url: ({ client }) => `/api/v1/clients/${client}:rotate` },
  { method: 'GET', path: '/api/v1/executions/{id}', url: ({ execution }) => `/api/v1/executions/${execution}` },
  { method: 'GET', path: '/api/v1/webhooks/{id}', url: ({ webhook }) => `/api/v1/webhooks/${webhook}` },
  {
    method: 'PATCH',
    path: '/api/v1/webhooks/{id}',
    url: ({ webhook }) => `/api/v1/webhooks/${webhook}`,
    body: () => ({ status: 'disabled' }),
  },
  { method: 'DELETE', path: '/api/v1/webhooks/{id}', url: ({ webhook }) => `/api/v1/webhooks/${webhook}` },
  {
    method: 'POST',
    path: '/api/v1/webhooks/{id}:rotate_secret',
    url: ({ webhook }) => `/api/v1/webhooks/${webhook}:rotate_secret`,
  },
  {
    method: 'GET',
    path: '/api/v1/webhooks/{id}/deliveries',
    url: ({ webhook }) => `/api/v1/webhooks/${webhook}/deliveries`,
  },
  {
    method: 'POST',
    path: '/api/v1/webhooks/{id}/deliveries/{event_id}:redeliver',
    url: ({ webhook, event }) => `/api/v1/webhooks/${webhook}/deliveries/${event}:redeliver`,
  },
  {
    method: 'POST',
    path: '/api/v1/webhooks/{id}/deliveries/{event_id}:redeliver',
    of: 'the event alone',
    url: ({ ownWebhook, event }) => `/api/v1/webhooks/${ownWebhook}/deliveries/${event}:redeliver`,
  },
  {
    method: 'POST',
    path: '/api/v1/mcp/configs',
    url: () => '/api/v1/mcp/configs',
    body: ({ connection }) => ({ name: 'theirs', connection_tool_mappings: [{ connection_id: connection }] }),
    status: 400,
  },
  { method: 'GET', path: '/api/v1/mcp/configs/{id}', url: ({ toolset }) => `/api/v1/mcp/configs/${toolset}` },
  {
    method: 'PATCH',
    path: '/api/v1/mcp/configs/{id}',
    url: ({ toolset }) => `/api/v1/mcp/configs/${toolset}`,
    body: () => ({ description: 'mine now' }),
  },
  { method: 'DELETE', path: '/api/v1/mcp/configs/{id}', url: ({ toolset }) => `/api/v1/mcp/configs/${toolset}` },
  {
    method: 'POST',
    path: '/api/v1/mcp/configs/{id}:accept',
    url: ({ toolset }) => `/api/v1/mcp/configs/${toolset}:accept`,
  },
  {
    method: 'POST',
    path: '/api/v1/mcp/configs/{id}/connected_accounts',
    url: ({ toolset }) => `/api/v1/mcp/configs/${toolset}/connected_accounts`,
    body: () => ({ identifier: 'somebody', include_auth_link: true }),
  },
  {
    method: 'POST',
    path: '/api/v1/mcp/configs/{id}/tokens',
    of: 'a toolset',
    url: ({ toolset }) => `/api/v1/mcp/configs/${toolset}/tokens`,
    body: () => ({ identifier: 'somebody' }),
  },
  {
    method: 'POST',
    path: '/api/v1/mcp/configs/{id}/tokens',
    of: 'a connection',
    url: ({ connection }) => `/api/v1/mcp/configs/${connection}/tokens`,
    body: () => ({ identifier: 'somebody' }),
  },
  {
    method: 'DELETE',
    path: '/api/v1/mcp/tokens/{id}',
    url: ({ agentToken }) => `/api/v1/mcp/tokens/${agentToken}`,
  },
  { method: 'DELETE', path: '/api/v1/mcp/apps/{id}', url: ({ grant }) => `/api/v1/mcp/apps/${grant}` },
  {
    method: 'POST',
    path: '/api/v1/tenants/{id}:shred',
    url: ({ tenant }) => `/api/v1/tenants/${tenant}:shred`,
    body: ({ tenant }) => ({ confirm: tenant }),
  },
  {
    method: 'GET',
    path: '/api/v1/tools',
    url: ({ account }) => `/api/v1/tools?filter.connected_account_id=${account}`,
  },
  {
    method: 'POST',
    path: '/api/v1/execute_tool',
    url: () => '/api/v1/execute_tool',
    body: ({ account }) => ({ tool_name: 'intercom_conversations_list', connected_account_id: account, params: {} }),
  },
];

/** Lists that an id or a name of another tenant could narrow: to nothing. */
const LISTS: readonly {
  method: 'GET' | 'POST';
  path: string;
  query?: (ids: Ids) => string;
  body?: (ids: Ids) => object;
}[] = [
  { method: 'GET', path: '/api/v1/connections' },
  { method: 'GET', path: '/api/v1/connected_accounts' },
  { method: 'GET', path: '/api/v1/connected_accounts:search', query: () => 'query=alice' },
  { method: 'GET', path: '/api/v1/clients' },
  { method: 'GET', path: '/api/v1/webhooks' },
  { method: 'GET', path: '/api/v1/mcp/configs' },
  { method: 'GET', path: '/api/v1/mcp/tokens', query: () => 'identifier=alice' },
  { method: 'GET', path: '/api/v1/mcp/apps', query: () => 'identifier=alice' },
  { method: 'GET', path: '/api/v1/revocations', query: ({ account }) => `connected_account_id=${account}` },
  { method: 'GET', path: '/api/v1/audit/events:export' },
  { method: 'GET', path: '/api/v1/audit/events', query: ({ account }) => `connected_account_id=${account}` },
  { method: 'GET', path: '/api/v1/tools/scoped', query: () => 'identifier=alice' },
  {
    method: 'POST',
    path: '/api/v1/events/paginated',
    body: ({ account, connection }) => ({ filter: { connected_account_id: account, connection_id: connection } }),
  },
];

/** For the operator of the installation, whose business other tenants are; who is none learns nothing. */
const OPERATOR_ROUTES = [
  { method: 'GET', path: '/api/v1/tenants/{id}' },
  { method: 'POST', path: '/api/v1/tenants/{id}:suspend' },
  { method: 'POST', path: '/api/v1/tenants/{id}:resume' },
  { method: 'GET', path: '/api/v1/installation/keys/data' },
  { method: 'POST', path: '/api/v1/installation/keys/data:rotate' },
] as const;

interface Description {
  readonly paths: Record<string, Record<string, { readonly parameters?: object; readonly requestBody?: object }>>;
  readonly components: { readonly schemas: Record<string, object> };
}

/** Ids of ours among the fields of a request. That of a verification is a secret, and has tests of its own. */
const NAMING = /"(?:id|connection_id|(?:filter\.)?connected_account_id|event_id)"/;

/** All that a request may hold, as text: what the description refers to is put in its place. */
function inputOf({ parameters, requestBody }: Description['paths'][string][string], schemas: object): string {
  const names = [JSON.stringify([parameters, requestBody])];
  for (const text of names)
    for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      const schema = JSON.stringify((schemas as Record<string, object>)[name]);
      if (!names.includes(schema)) names.push(schema);
    }
  return names.join('\n');
}

/** What is said, but for the id that the caller itself sent. */
const withoutIds = (answer: Answer): string =>
  String(answer.json()['detail']).replace(/(conn|ca|skc|exe|ten|whe|evt|agt|cfg)_\w+|\b[\w-]{43}\b/g, '<id>');

describe('T1 two tenants', () => {
  let gate: Harness;
  let mine: Ids;
  let stranger: string;
  let ownWebhook: string;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    gate = await Harness.start();
    const made = await gate.post('/api/v1/webhooks', { url: 'https://hooks.example/alice' });
    const { id: webhook } = made.json()['webhook'] as { id: string };
    const { id: teammate } = (await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate;
    await gate.connect('alice', teammate);
    await gate.post(`/api/v1/connected_accounts/${String((await gate.account('alice'))['id'])}:disconnect`, {});
    await gate.connect('alice', teammate);
    const told = (await gate.get(`/api/v1/webhooks/${webhook}/deliveries`)).json();
    const run = await gate.execute('intercom_conversations_list', 'alice', { limit: 1 });
    const account = await gate.account('alice');
    const toolset = await gate.post('/api/v1/mcp/configs', {
      name: 'support',
      connection_tool_mappings: [{ connection_id: account['connection_id'] }],
    });
    const agent = await gate.post(`/api/v1/mcp/configs/${String(account['connection_id'])}/tokens`, {
      identifier: 'alice',
    });
    mine = {
      connection: String(account['connection_id']),
      agentToken: (agent.json()['token'] as { id: string }).id,
      grant: await allowAnApplication(),
      account: String(account['id']),
      client: gate.firstTenant.clientId,
      tenant: gate.firstTenant.tenantId,
      execution: String(run.json()['execution_id']),
      webhook,
      event: (told['deliveries'] as { event_id: string }[])[0]?.event_id ?? '',
      toolset: (toolset.json()['config'] as { id: string }).id,
    };
    stranger = await secondTenant();
    const own = await gate.request('POST', '/api/v1/webhooks', { url: 'https://hooks.example/second' }, stranger);
    ownWebhook = (own.json()['webhook'] as { id: string }).id;
    await hasFailed(webhook);
    before = await whatIsMine();
  });
  afterAll(() => gate.stop());

  /** Nobody is at its address; once that has shown, its state changes no more by itself. */
  async function hasFailed(webhook: string): Promise<void> {
    for (;;) {
      const { webhook: now } = (await gate.get(`/api/v1/webhooks/${webhook}`)).json();
      if ((now as { failing_since: string | null }).failing_since !== null) return;
      await sleep(50);
    }
  }

  /** Signs in and presses Allow; returns the id of what was allowed. */
  async function allowAnApplication(): Promise<string> {
    const app = await McpClientApp.start(gate.url);
    await app.register();
    const url = app.authorizeUrl(`${gate.url}/intercom`);
    const { code } = toldTo(await app.allow(new Browser(), url, 'alice', () => passcodeIn(gate.log)));
    expect((await app.exchange(code ?? '')).status).toBe(200);
    await app.stop();
    const { apps } = (await gate.get('/api/v1/mcp/apps?identifier=alice')).json() as { apps: { id: string }[] };
    return apps[0]?.id ?? '';
  }

  /** As its tenant sees it. */
  async function whatIsMine(): Promise<Record<string, unknown>> {
    const paths = [
      `/api/v1/connections/${mine.connection}`,
      `/api/v1/connected_accounts/${mine.account}`,
      `/api/v1/clients/${mine.client}`,
      `/api/v1/webhooks/${mine.webhook}`,
      `/api/v1/mcp/configs/${mine.toolset}`,
      '/api/v1/mcp/tokens?identifier=alice',
      '/api/v1/mcp/apps?identifier=alice',
    ];
    const answers = await Promise.all(paths.map(async (path) => [path, (await gate.get(path)).json()]));
    return Object.fromEntries(answers) as Record<string, unknown>;
  }

  async function secondTenant(): Promise<string> {
    const tenantId = newId('tenant');
    const client = new pg.Client({ connectionString: gate.databaseUrl });
    await client.connect();
    await client.query("INSERT INTO tenants (tenant_id, name) VALUES ($1, 'second')", [tenantId]);
    await client.query(
      'INSERT INTO api_clients (tenant_id, id, name, secret_hash, permissions) VALUES ($1, $2, $3, $4, $5)',
      [
        tenantId,
        'skc_secondtenant',
        'second',
        createHash('sha256').update(SECRET).digest(),
        PERMISSIONS.filter((each) => each !== 'installation:operate'),
      ],
    );
    await client.end();
    return gate.tokenFor('skc_secondtenant', SECRET);
  }

  const ask = ({ method, url, body }: (typeof ROUTES)[number], ids: Ids): Promise<Answer> =>
    gate.request(method, url({ ...ids, ownWebhook }), body?.(ids), stranger);

  // First: what the stranger asks for by id is in its own trail afterwards
  it.each(LISTS.map((list) => [`${list.method} ${list.path}`, list] as const))(
    'lists nothing of another tenant: %s',
    async (_, { method, path, query, body }) => {
      const url = query === undefined ? path : `${path}?${query(mine)}`;
      const mineIn = ({ text }: Answer): string[] =>
        [...Object.values(mine), 'alice'].filter((each) => text.replaceAll(url, '').includes(each));
      const [own, theirs] = [
        await gate.request(method, url, body?.(mine)),
        await gate.request(method, url, body?.(mine), stranger),
      ];
      expect([own.status, theirs.status]).toEqual([200, 200]);
      expect(mineIn(own)).not.toEqual([]);
      expect(mineIn(theirs)).toEqual([]);
    },
  );

  it.each(ROUTES.map((route) => [[route.method, route.path, route.of].filter(Boolean).join(' '), route] as const))(
    'answers for another tenant as for what does not exist: %s',
    async (_, route) => {
      const foreign = await ask(route, mine);
      const ghost = await ask(route, ghosts);
      expect([foreign.status, foreign.json()['code']]).toEqual([route.status ?? 404, ghost.json()['code']]);
      expect(withoutIds(foreign)).toBe(withoutIds(ghost));
      expect(foreign.text).not.toContain('alice');
    },
  );

  it.each(OPERATOR_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'lets nobody but an operator ask: %s',
    async (_, { method, path }) => {
      const foreign = await gate.request(method, path.replace('{id}', mine.tenant), undefined, stranger);
      const ghost = await gate.request(method, path.replace('{id}', ghosts.tenant), undefined, stranger);
      expect([foreign.status, foreign.json()['detail']]).toEqual([403, ghost.json()['detail']]);
    },
  );

  it('leaves what the other tenant has as it was', async () => {
    expect(JSON.stringify(before)).toContain(mine.grant);
    expect(await whatIsMine()).toEqual(before);
    expect((await gate.account('alice'))['status']).toBe('ACTIVE');
    expect((await gate.execute('intercom_conversations_list', 'alice', { limit: 1 })).status).toBe(200);
  });

  it('covers every route that names something by id: in its path, its query or its body', async () => {
    const { paths, components } = (await gate.get('/api/docs/openapi.json')).json() as unknown as Description;
    const naming = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, asked]) => path.includes('{') || NAMING.test(inputOf(asked, components.schemas)))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    const covered = new Set([...ROUTES, ...OPERATOR_ROUTES, ...LISTS].map(({ method, path }) => `${method} ${path}`));
    expect(naming.length).toBeGreaterThan(30);
    expect(naming.filter((route) => !covered.has(route))).toEqual([]);
  });
});
