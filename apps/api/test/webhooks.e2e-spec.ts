import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebhookSender } from '#app/webhooks';
import { Webhook } from 'standardwebhooks';
import { Harness, type Teammate } from './harness.js';
import { PublishedClient } from './published-client.js';

describe('webhooks of a tenant', () => {
  let gate: Harness;
  let receiver: Server;
  let url: string;
  const received: { headers: Record<string, string>; body: string }[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ headers: request.headers as Record<string, string>, body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => {
      receiver.listen(0, '127.0.0.1', resolve);
    });
    const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    url = `http://${host}/events`;
    gate = await Harness.start({ allow: [host] });
  });
  afterAll(async () => {
    await gate.stop();
    await new Promise((resolve) => {
      receiver.close(resolve);
    });
  });

  const acceptedByPublishedClient = async (secret: string): Promise<void> => {
    const client = await PublishedClient.start(gate.url);
    for (const { headers, body } of received) {
      expect(await client.call('verifyWebhookPayload', [secret, headers, body])).toBe(true);
      const forged = await client.failure('verifyWebhookPayload', [secret, headers, `${body} `]);
      expect(forged.class).toBe('WebhookVerificationError');
    }
    client.stop();
  };
  const types = (): string[] => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  const deliver = async (count: number): Promise<void> => {
    // The node's own job may be at it already
    while (received.length < count) await gate.nest.get(WebhookSender, { strict: false }).run();
  };

  it('tell of an account from its making to its end, signed, without a token', async () => {
    const made = (await gate.post('/api/v1/webhooks', { url })).json();
    const { id } = made['webhook'] as { id: string };
    const teammate = (await gate.teammates())[0] as Teammate;
    await gate.connect('alice', teammate.id);
    const { id: account } = await gate.account('alice');
    await gate.post(`/api/v1/connected_accounts/${String(account)}:disconnect`, {});
    await deliver(3);
    expect(new Set(types())).toEqual(
      new Set(['connected_account.created', 'connected_account.activated', 'connected_account.disconnected']),
    );
    for (const { headers, body } of received) {
      const event = new Webhook(String(made['secret'])).verify(body, headers) as { data: object };
      expect(event.data).toMatchObject({ connected_account_id: account, identifier: 'alice' });
      for (const token of gate.providerTokens) expect(body).not.toContain(token);
    }
    const { deliveries } = (await gate.get(`/api/v1/webhooks/${id}/deliveries`)).json() as { deliveries: object[] };
    expect(deliveries).toHaveLength(3);
    expect((await gate.get(`/api/v1/webhooks/${id}`)).text).not.toContain(String(made['secret']));
    await acceptedByPublishedClient(String(made['secret']));
  });

  it('can be changed, rotated, redelivered and deleted', async () => {
    const [{ id } = { id: '' }] = (await gate.get('/api/v1/webhooks')).json()['webhooks'] as { id: string }[];
    const path = `/api/v1/webhooks/${id}`;
    expect((await gate.patch(path, { events: ['connected_account.deleted'] })).json()).toMatchObject({
      webhook: { events: ['connected_account.deleted'] },
    });
    expect((await gate.post(`${path}:rotate_secret`, {})).json()).toMatchObject({
      webhook: { previous_secret_until: expect.any(String) },
      secret: expect.stringMatching(/^whsec_/),
    });
    const { deliveries } = (await gate.get(`${path}/deliveries`)).json() as { deliveries: { event_id: string }[] };
    const before = received.length;
    const again = await gate.post(`${path}/deliveries/${deliveries[0]?.event_id}:redeliver`, {});
    expect(again.json()).toMatchObject({ delivery: { state: 'pending' } });
    await deliver(before + 1);
    expect(received.at(-1)?.headers['webhook-id']).toBe(deliveries[0]?.event_id);
    expect((await gate.remove(path)).status).toBe(200);
    expect((await gate.get(path)).json()).toMatchObject({ code: 'not_found' });
  });

  it('are refused with what is wrong', async () => {
    for (const body of [{ url: 'http://elsewhere.example/' }, { url, events: ['tool.executed'] }, {}])
      expect((await gate.post('/api/v1/webhooks', body)).json()).toMatchObject({ code: 'invalid_arguments' });
  });
});
