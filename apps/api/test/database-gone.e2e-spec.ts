import pg from 'pg';
import { send } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';
import { errorOf, McpClients } from './mcp-clients.js';

describe('N2 a database that is away', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
    await gate.connect('alice', ((await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate).id);
  });
  afterAll(() => gate.stop());

  const list = (): ReturnType<Harness['execute']> => gate.execute('intercom_conversations_list', 'alice', { limit: 1 });

  /** Shuts the application's database to new sessions and ends those that are open, as a failover does. */
  const setAway = async (away: boolean): Promise<void> => {
    const name = new URL(gate.databaseUrl).pathname.slice(1);
    const admin = new pg.Client({ connectionString: gate.databaseUrl.replace(`/${name}`, '/postgres') });
    await admin.connect();
    await admin.query(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS ${String(!away)}`);
    if (away) await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await admin.end();
  };

  it('fails calls closed with not_available, sends nothing, and recovers by itself', async () => {
    expect((await list()).status).toBe(200);
    const before = (await gate.providerRequests()).length;
    await setAway(true);
    try {
      for (const answer of [await list(), await list()])
        expect([answer.status, answer.json()['code']]).toEqual([503, 'not_available']);
      expect((await gate.get('/health/ready')).status).toBe(503);
      expect((await gate.get('/health/live')).status).toBe(200);
      expect((await gate.providerRequests()).length).toBe(before);
    } finally {
      await setAway(false);
    }
    expect((await list()).status).toBe(200);
    expect((await gate.get('/health/ready')).status).toBe(200);
  });

  it('is what MCP clients and the log are told, with the id of the request, and no fault that nobody foresaw', async () => {
    const clients = new McpClients(gate);
    const token = await clients.token('alice');
    expect((await clients.raw(token, 'tools/list')).status).toBe(200);
    const seen = gate.log.length;
    await setAway(true);
    try {
      const answer = await clients.raw(token, 'tools/list');
      const requestId = answer.headers['x-request-id'];
      expect([answer.status, errorOf(answer)]).toEqual([
        503,
        {
          code: -32_000,
          message: expect.any(String),
          data: { code: 'not_available', request_id: requestId, retryable: true },
        },
      ]);
      const lines = gate.log.slice(seen).map((line) => JSON.parse(line) as Record<string, unknown>);
      const mine = lines.filter((line) => line['request_id'] === requestId && line['msg'] !== 'request');
      expect(mine).toMatchObject([{ level: 'warn', msg: 'A request failed', err: { error_code: 'not_available' } }]);
    } finally {
      await setAway(false);
    }
    expect((await clients.raw(token, 'tools/list')).status).toBe(200);
  });

  it('is in the log when the OAuth server needs it, with the id of the request', async () => {
    const refresh = (): ReturnType<typeof send> =>
      send(`${gate.url}/oauth2/token`, {
        method: 'POST',
        form: { grant_type: 'refresh_token', refresh_token: 'x', client_id: 'nobody' },
      });
    expect((await refresh()).json()).toMatchObject({ error: 'invalid_client' });
    const seen = gate.log.length;
    await setAway(true);
    try {
      const answer = await refresh();
      expect([answer.status, answer.json()]).toEqual([500, expect.objectContaining({ error: 'server_error' })]);
      const registered = await gate.post('/oauth2/register', { redirect_uris: ['http://127.0.0.1/callback'] });
      expect([registered.status, registered.headers['retry-after'], registered.json()['error']]).toEqual([
        503,
        '5',
        'temporarily_unavailable',
      ]);
      const lines = gate.log.slice(seen).map((line) => JSON.parse(line) as Record<string, unknown>);
      const mine = lines.filter((line) => line['request_id'] === answer.headers['x-request-id']);
      expect(mine.filter(({ msg }) => msg !== 'request')).toMatchObject([
        { level: 'warn', msg: 'The OAuth server failed', err: { error_code: 'not_available' } },
      ]);
    } finally {
      await setAway(false);
    }
  });
});
