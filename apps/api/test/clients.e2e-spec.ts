import pg from 'pg';
import { send, type Answer } from '../../demo/src/http.js';
import { Harness } from './harness.js';

interface Client {
  readonly id: string;
  readonly name: string;
  readonly permissions: string[];
  readonly allowed_tools: string[] | null;
}

describe('API clients', () => {
  let gate: Harness;
  beforeAll(async () => {
    gate = await Harness.start();
  });
  afterAll(() => gate.stop());

  const clientOf = (answer: Answer): Client => answer.json()['client'] as Client;

  const newClient = async (more: object = {}): Promise<Client & { secret: string }> => {
    const answer = await gate.post('/api/v1/clients', { name: 'agent', permissions: ['tools:read'], ...more });
    expect(answer.status).toBe(201);
    return { ...clientOf(answer), secret: String(answer.json()['client_secret']) };
  };

  const eventsAbout = async (id: string): Promise<Record<string, unknown>[]> =>
    (await gate.auditEvents()).filter(({ detail }) => (detail as { api_client?: string }).api_client === id);

  const askToken = (clientId: string, secret: string): Promise<Answer> =>
    send(`${gate.url}/oauth/token`, {
      method: 'POST',
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: secret },
    });

  async function asOwner(sql: string): Promise<void> {
    const owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    await owner.query(sql);
    await owner.end();
  }

  describe('a change', () => {
    it.each([{ name: null }, { permissions: null }, { status: null }, { name: null, permissions: null, status: null }])(
      'takes null as absent: %j',
      async (body) => {
        const made = await newClient({ allowed_tools: ['a'] });
        const answer = await gate.patch(`/api/v1/clients/${made.id}`, body);
        expect(answer.status).toBe(200);
        expect(clientOf(answer)).toMatchObject({
          name: 'agent',
          permissions: ['tools:read'],
          allowed_tools: ['a'],
          status: 'active',
        });
      },
    );

    it('takes null for allowed_tools as no restriction, and leaves them where it is not named', async () => {
      const { id } = await newClient({ allowed_tools: ['a', 'b'] });
      const path = `/api/v1/clients/${id}`;
      expect(clientOf(await gate.patch(path, { name: 'renamed' })).allowed_tools).toEqual(['a', 'b']);
      expect(clientOf(await gate.patch(path, { allowed_tools: [] })).allowed_tools).toEqual([]);
      expect(clientOf(await gate.patch(path, { allowed_tools: null })).allowed_tools).toBeNull();
      expect(clientOf(await gate.get(path)).name).toBe('renamed');
    });

    it.each([
      ['a NUL in the name', { name: 'a\0b' }],
      ['a line end in the name', { name: 'a\nb' }],
      ['half a surrogate pair in the name', { name: '\ud800' }],
      ['an empty name', { name: '' }],
      ['a name that is too long', { name: 'x'.repeat(101) }],
      ['a number for a name', { name: 7 }],
      ['an unknown permission', { permissions: ['everything'] }],
      ['a text for permissions', { permissions: 'tools:read' }],
      ['null among permissions', { permissions: [null] }],
      ['a NUL in the name of a tool', { allowed_tools: ['a\0'] }],
      ['null among tools', { allowed_tools: [null] }],
      ['an unknown status', { status: 'deleted' }],
      ['an unknown field', { version: 7 }],
    ])('refuses %s, when it is made and when it is changed', async (_, change) => {
      const { id } = await newClient();
      const body = { name: 'agent', permissions: ['tools:read'], ...change };
      for (const answer of [
        await gate.post('/api/v1/clients', body),
        await gate.patch(`/api/v1/clients/${id}`, change),
      ])
        expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
      expect(clientOf(await gate.get(`/api/v1/clients/${id}`))).toMatchObject({ name: 'agent', allowed_tools: null });
    });

    it.each([{ name: null }, { permissions: null }])('needs what a new client must have: %j', async (body) => {
      const answer = await gate.post('/api/v1/clients', { name: 'agent', permissions: [], ...body });
      expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
    });
  });

  describe('the audit trail', () => {
    it('holds every change once: who made it, of which client, and no secret', async () => {
      const made = await newClient();
      await gate.patch(`/api/v1/clients/${made.id}`, { permissions: ['tools:execute'] });
      const rotated = await gate.post(`/api/v1/clients/${made.id}:rotate`, {});
      expect(rotated.status).toBe(200);
      const events = await eventsAbout(made.id);
      expect(events.map(({ type }) => String(type)).toSorted()).toEqual([
        'api_client.created',
        'api_client.secret_rotated',
        'api_client.updated',
      ]);
      for (const event of events)
        expect(event).toMatchObject({
          client_id: gate.firstTenant.clientId,
          source: 'rest',
          request_id: expect.stringMatching(/^req_/),
        });
      for (const secret of [made.secret, String(rotated.json()['client_secret'])])
        expect(JSON.stringify(events)).not.toContain(secret);
    });

    it('keeps a change from happening that it can’t take', async () => {
      const made = await newClient();
      const before = (await gate.get('/api/v1/clients?page_size=100')).json();
      await asOwner('REVOKE INSERT ON audit_events FROM gatehouse_app');
      const refused = [
        await gate.post('/api/v1/clients', { name: 'unrecorded', permissions: [] }),
        await gate.patch(`/api/v1/clients/${made.id}`, { status: 'disabled' }),
        await gate.post(`/api/v1/clients/${made.id}:rotate`, {}),
      ];
      await asOwner('GRANT INSERT ON audit_events TO gatehouse_app');
      for (const answer of refused) expect(answer.status).toBeGreaterThanOrEqual(500);
      expect((await gate.get('/api/v1/clients?page_size=100')).json()).toEqual(before);
      expect((await askToken(made.id, made.secret)).status).toBe(200);
    });

    it('holds a refused token request with the id of that request, for a client that exists', async () => {
      const made = await newClient();
      const answer = await askToken(made.id, 'not-the-secret');
      expect([answer.status, answer.json()['error']]).toEqual([401, 'invalid_client']);
      const event = (await gate.auditEvents()).find((each) => each['request_id'] === answer.headers['x-request-id']);
      expect(event).toMatchObject({
        type: 'api_client.token_refused',
        client_id: made.id,
        source: 'rest',
        status: 'failure',
      });
      const unknown = await askToken('skc_unknown0000', 'x');
      expect(unknown.json()['detail']).toBe(answer.json()['detail']);
      const events = await gate.auditEvents();
      expect(events.some((each) => each['request_id'] === unknown.headers['x-request-id'])).toBe(false);
    });
  });
});
