import { send } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

const REPLY = 'intercom_conversation_reply';
const MARK = 'Your order 4711 is on its way';

describe('the tenant and its switch for full payloads', () => {
  let gate: Harness;
  let alice: Teammate;
  let conversation: string;

  beforeAll(async () => {
    gate = await Harness.start();
    alice = (await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate;
    await gate.connect('alice', alice.id);
    const listed = await gate.execute('intercom_conversations_list', 'alice', { state: 'open', limit: 1 });
    conversation = (listed.json()['data'] as { conversations: { id: string }[] }).conversations[0]?.id as string;
  });
  afterAll(() => gate.stop());

  const change = (body: object) => gate.patch('/api/v1/tenant', body);

  /** What the trail holds of one call. */
  const recordsOf = async (tool: string, params: object): Promise<Record<string, unknown>[]> => {
    const { execution_id: id } = (await gate.execute(tool, 'alice', params)).json() as { execution_id: string };
    const records = (await gate.auditEvents()).filter((event) => event['execution_id'] === id);
    expect(records.map(({ type }) => String(type)).toSorted()).toEqual(['tool.executed', 'tool.requested']);
    return records;
  };

  const reply = async (): Promise<string> =>
    JSON.stringify(await recordsOf(REPLY, { conversation_id: conversation, body: MARK }));

  describe('200', () => {
    it('shows the tenant, with redacted payloads from the start', async () => {
      const answer = await gate.get('/api/v1/tenant');
      expect([answer.status, answer.json()]).toEqual([
        200,
        {
          tenant: {
            id: gate.firstTenant.tenantId,
            name: 'default',
            audit_full_payloads: false,
            redirect_allow_list: [],
            default_user_verify_url: null,
            created_at: expect.stringMatching(/^\d{4}-.*Z$/),
          },
        },
      ]);
    });

    it('keeps the body of a reply out of the trail, puts it in at once when the tenant wants that, and leaves it out again', async () => {
      expect(await reply()).not.toContain(MARK);
      expect((await change({ audit_full_payloads: true })).json()['tenant']).toMatchObject({
        audit_full_payloads: true,
      });
      const full = await recordsOf(REPLY, { conversation_id: conversation, body: MARK });
      const intent = full.find(({ type }) => type === 'tool.requested') as { detail: { arguments: object } };
      expect(intent.detail.arguments).toEqual({ conversation_id: conversation, body: MARK });
      expect((await change({ audit_full_payloads: false })).status).toBe(200);
      expect(await reply()).not.toContain(MARK);
    });

    it('records who switched it, from what to what', async () => {
      await change({ audit_full_payloads: true });
      const answer = await change({ audit_full_payloads: false, name: 'Acme' });
      const event = (await gate.auditEvents()).find((each) => each['request_id'] === answer.headers['x-request-id']);
      expect(event).toMatchObject({
        type: 'tenant.updated',
        client_id: gate.firstTenant.clientId,
        source: 'rest',
        detail: {
          before: { name: 'default', audit_full_payloads: true },
          after: { name: 'Acme', audit_full_payloads: false },
        },
      });
    });

    it('takes null as absent', async () => {
      const before = (await gate.get('/api/v1/tenant')).json();
      const answer = await change({ name: null, audit_full_payloads: null });
      expect([answer.status, answer.json()]).toEqual([200, before]);
    });

    it('V9 keeps a token that the provider sends back out of the trail in full mode too', async () => {
      const token = gate.providerTokens.at(-1) as string;
      const written = await send(`${gate.sandboxUrl}/conversations/${conversation}/reply`, {
        method: 'POST',
        json: { message_type: 'comment', type: 'admin', admin_id: alice.id, body: `My token is ${token}.` },
        headers: { authorization: `Bearer ${token}` },
      });
      expect(written.status).toBe(200);
      await change({ audit_full_payloads: true });
      const records = JSON.stringify(await recordsOf('intercom_conversation_get', { conversation_id: conversation }));
      await change({ audit_full_payloads: false });
      expect(records).toContain('My token is [redacted].');
      const trail = `${records}\n${(await gate.get('/api/v1/audit/events:export')).text}`;
      for (const secret of [...gate.providerTokens, gate.token]) expect(trail).not.toContain(secret);
    });
  });

  describe('400', () => {
    it.each([
      ['a text for the switch', { audit_full_payloads: 'true' }],
      ['a number for the switch', { audit_full_payloads: 1 }],
      ['an empty name', { name: ' ' }],
      ['a NUL in the name', { name: 'a\0b' }],
      ['a line end in the name', { name: 'a\nb' }],
      ['a name that is too long', { name: 'x'.repeat(101) }],
      ['an unknown field', { status: 'suspended' }],
    ])('refuses %s', async (_, body) => {
      const answer = await gate.patch('/api/v1/tenant', body);
      expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
    });
  });

  describe('403', () => {
    it('lets only a client with tenant:read see it and one with tenant:write change it', async () => {
      const reader = await gate.clientWith({ permissions: ['tenant:read'] });
      const writer = await gate.clientWith({ permissions: ['tenant:write'] });
      const asked = await Promise.all([
        gate.request('GET', '/api/v1/tenant', undefined, reader),
        gate.request('PATCH', '/api/v1/tenant', { name: 'x' }, reader),
        gate.request('GET', '/api/v1/tenant', undefined, writer),
        gate.request('PATCH', '/api/v1/tenant', {}, writer),
      ]);
      expect(asked.map(({ status }) => status)).toEqual([200, 403, 403, 200]);
    });
  });
});
