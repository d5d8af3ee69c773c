import { send, type Answer } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';
import { ApiDescription, type Operation } from './api-description.js';

/** What stands for the values that a GET route asks for. */
type Examples = Readonly<Record<string, string>>;

describe('the OpenAPI document', () => {
  let gate: Harness;
  let description: ApiDescription;
  let examples: Examples;

  beforeAll(async () => {
    gate = await Harness.start();
    await gate.connect('alice', ((await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate).id);
    await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'pending' });
    const run = await gate.execute('intercom_conversations_list', 'alice', { limit: 1 });
    await gate.execute('intercom_conversations_list', 'pending', {});
    const account = await gate.account('alice');
    const made = (await gate.post('/api/v1/webhooks', { url: 'https://hooks.example/gatehouse' })).json();
    const { id: webhook } = made['webhook'] as { id: string };
    const toolset = await gate.post('/api/v1/mcp/configs', {
      name: 'support',
      connection_tool_mappings: [{ connection_name: 'intercom' }],
    });
    // So that there is a delivery to describe
    await gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'told' });
    examples = {
      '/api/v1/connections/{id}': String(account['connection_id']),
      '/api/v1/connected_accounts/{id}': String(account['id']),
      '/api/v1/clients/{id}': gate.firstTenant.clientId,
      '/api/v1/tenants/{id}': gate.firstTenant.tenantId,
      '/api/v1/executions/{id}': String(run.json()['execution_id']),
      '/api/v1/mcp/configs/{id}': (toolset.json()['config'] as { id: string }).id,
      '/api/v1/webhooks/{id}': webhook,
      '/api/v1/webhooks/{id}/deliveries': webhook,
    };
    description = new ApiDescription((await gate.get('/api/docs/openapi.json')).json());
  });
  afterAll(() => gate.stop());

  const offenders = (isWrong: (operation: Operation) => boolean): string[] =>
    description.operations.filter(isWrong).map(({ name }) => name);

  it('names every route of the API', () => {
    for (const name of [
      'POST /oauth/token',
      'GET /keys',
      'POST /api/v1/execute_tool',
      'POST /api/v1/connected_accounts/{id}:disconnect',
      'GET /api/v1/audit/events:export',
      'GET /health/ready',
    ])
      expect(description.operations.map((operation) => operation.name)).toContain(name);
  });

  it('has a summary for every operation', () => {
    expect(offenders(({ summary }) => !summary)).toEqual([]);
  });

  it('has a schema for every answer, 204 excepted', () => {
    expect(offenders(({ success }) => success.status !== 204 && success.schema === undefined)).toEqual([]);
  });

  it('has a schema for every request body', () => {
    expect(offenders(({ requestBody }) => requestBody !== null && requestBody.schemas.includes(undefined))).toEqual([]);
  });

  it('has a problem for every way to refuse what comes in', () => {
    expect(offenders((operation) => operation.takesInput && !operation.problems.some(isClientError))).toEqual([]);
    expect(
      offenders(({ guarded, problems }) => guarded && ![401, 403, 503].every((each) => problems.includes(each))),
    ).toEqual([]);
    expect(offenders(({ path, problems }) => path.includes('{') && !problems.includes(404))).toEqual([]);
  });

  it('says how to authenticate', () => {
    expect(description.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('asks for a token wherever the server does, and nowhere else', async () => {
    for (const operation of description.operations) {
      const answer = await send(gate.url + operation.path, { method: operation.method });
      expect([operation.name, answer.status === 401 && operation.name !== 'POST /oauth/token']).toEqual([
        operation.name,
        operation.guarded,
      ]);
      if (answer.status >= 400) expect(description.faultsOfProblem(operation, answer)).toEqual([]);
    }
  });

  it('tells the truth: every GET route answers as described', async () => {
    const faults: string[] = [];
    for (const operation of description.operations.filter(({ method }) => method === 'GET'))
      faults.push(...description.faultsOf(operation, await gate.get(urlOf(operation))));
    expect(faults).toEqual([]);
  });

  it.each<[string, string, () => Promise<Answer>]>([
    [
      'POST /api/v1/connections',
      'a new connection',
      () =>
        gate.post('/api/v1/connections', {
          name: 'second',
          connector: 'intercom',
          oauth_client_id: 'app',
          oauth_client_secret: 's',
        }),
    ],
    [
      'PATCH /api/v1/connections/{id}',
      'a changed connection',
      () => gate.patch(`/api/v1/connections/${examples['/api/v1/connections/{id}']}`, {}),
    ],
    [
      'POST /api/v1/connected_accounts',
      'a new account',
      () => gate.post('/api/v1/connected_accounts', { connector: 'intercom', identifier: 'bob' }),
    ],
    [
      'POST /api/v1/connected_accounts/magic_link',
      'a link',
      () => gate.post('/api/v1/connected_accounts/magic_link', { connector: 'intercom', identifier: 'bob' }),
    ],
    [
      'POST /api/v1/connected_accounts:delete',
      'a deletion',
      () => gate.post('/api/v1/connected_accounts:delete', { connector: 'intercom', identifier: 'bob' }),
    ],
    ['POST /api/v1/execute_tool', 'a call', () => gate.execute('intercom_conversations_list', 'alice', { limit: 1 })],
    [
      'POST /api/v1/connected_accounts/{id}:disconnect',
      'a disconnected account',
      () => gate.post(`/api/v1/connected_accounts/${examples['/api/v1/connected_accounts/{id}']}:disconnect`, {}),
    ],
  ])('tells the truth about %s: %s', async (name, _, request) => {
    const operation = description.operation(name);
    expect(description.faultsOf(operation, await request())).toEqual([]);
  });

  it.each<[string, number, () => Promise<Answer>]>([
    ['POST /api/v1/connections', 409, () => gate.post('/api/v1/connections', { ...CONNECTION, name: 'intercom' })],
    ['POST /api/v1/connections', 400, () => gate.post('/api/v1/connections', {})],
    ['GET /api/v1/tools', 404, () => gate.get(`/api/v1/tools?filter.connected_account_id=ca_${'0'.repeat(26)}`)],
    [
      'POST /api/v1/connected_accounts/{id}:refresh',
      409,
      () => gate.post(`/api/v1/connected_accounts/${examples['/api/v1/connected_accounts/{id}']}:refresh`, {}),
    ],
    ['POST /api/v1/execute_tool', 404, () => gate.execute('no_such_tool', 'alice', {})],
    ['POST /api/v1/execute_tool', 409, () => gate.execute('intercom_conversations_list', 'pending', {})],
  ])('tells the truth about refusals: %s %i', async (name, status, request) => {
    const answer = await request();
    expect(answer.status).toBe(status);
    expect(description.faultsOfProblem(description.operation(name), answer)).toEqual([]);
  });

  function urlOf({ path, requiredQuery }: Operation): string {
    const query = requiredQuery.map((name) => `${name}=${QUERY[name] ?? 'missing-example'}`);
    const named = path.includes('{') ? path.replace(/\{\w+\}/, examples[path] ?? 'missing-example') : path;
    return `${named}?${[...query, ...(BY_PATH[path] ?? [])].join('&')}`.replace(/\?$/, '');
  }
});

const CONNECTION = { connector: 'intercom', oauth_client_id: 'app', oauth_client_secret: 's' };
const QUERY: Examples = { identifier: 'alice' };
const BY_PATH: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/connected_accounts/details': ['identifier=alice'],
  '/api/v1/connected_accounts/auth': ['identifier=alice'],
};

const isClientError = (status: number): boolean => status >= 400 && status < 500;
