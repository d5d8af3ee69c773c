import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuditQuery, type AuditEventView } from '#app/audit';
import { APP_CONFIG, loadConfig } from '#app/config';
import { SystemDatabase, TenantDatabase } from '#app/database';
import { EgressClient } from '#app/egress';
import { CLOCK, newId, type RequestContext } from '#app/kernel';
import { createLogger, LOGGER, Metrics } from '#app/observability';
import { openTestDatabase, type OpenTestDatabase } from '#app/testing';
import { VAULT_ENTITIES, VAULT_JOURNAL } from '#app/vault';
import { Global, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { WEBHOOK_ENTITIES, WebhookOutbox, WebhookSender, WebhooksModule, WebhooksService } from './index.js';

@Global()
@Module({})
class Surroundings {}

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const HOUR = 3_600_000;

describe('webhooks', () => {
  let database: OpenTestDatabase;
  let module: TestingModule;
  let server: Server;
  let url: string;
  let ctx: RequestContext;
  let now = Date.now();
  const received: Received[] = [];
  const answers: number[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
        response.writeHead(answers.shift() ?? 204).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    url = `http://${host}/hook`;
    database = await openTestDatabase([...WEBHOOK_ENTITIES, ...VAULT_ENTITIES]);
    const config = loadConfig({ GATEHOUSE_MASTER_KEY: Buffer.alloc(32, 5).toString('base64'), LOG_LEVEL: 'silent' });
    const providers = [
      { provide: TenantDatabase, useValue: database.tenants },
      { provide: SystemDatabase, useValue: database.system },
      { provide: EgressClient, useValue: new EgressClient({ allow: [host] }) },
      { provide: APP_CONFIG, useValue: config },
      { provide: CLOCK, useValue: { now: () => now } },
      { provide: VAULT_JOURNAL, useValue: { record: () => Promise.resolve() } },
      { provide: LOGGER, useValue: createLogger('silent') },
      { provide: Metrics, useValue: new Metrics() },
    ];
    const surroundings = {
      module: Surroundings,
      providers,
      exports: providers.map((each) => each.provide as Type),
    };
    module = await Test.createTestingModule({ imports: [surroundings, WebhooksModule] }).compile();
    await asOwner('SELECT audit_ensure_partition(current_date + n) FROM generate_series(0, 30) AS n');
  });
  afterAll(async () => {
    await module.get(EgressClient, { strict: false }).close();
    await database.close();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  beforeEach(async () => {
    const tenantId = newId('tenant');
    ctx = { requestId: newId('request'), tenantId, source: 'rest', caller: null };
    await database.tenants.withTenant(tenantId, (em) =>
      em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 'toy tenant')`, [tenantId]),
    );
    received.length = 0;
    answers.length = 0;
  });

  const service = (): WebhooksService => module.get(WebhooksService, { strict: false });
  const run = (): Promise<number> => module.get(WebhookSender, { strict: false }).run();
  const publish = (type = 'connected_account.disconnected' as const, fail = false): Promise<void> =>
    database.tenants.withTenant(ctx.tenantId, async (em) => {
      const data = { connected_account_id: 'ca_1', status: 'DISCONNECTED' };
      await module.get(WebhookOutbox, { strict: false }).publish(em, { tenantId: ctx.tenantId, type, data });
      if (fail) throw new Error('rolled back');
    });
  const sql = (text: string): Promise<unknown> => database.tenants.withTenant(ctx.tenantId, (em) => em.query(text));
  const events = async (): Promise<AuditEventView[]> =>
    (await module.get(AuditQuery, { strict: false }).list(ctx, {}, { pageSize: 50 })).events;
  const reasons = async (): Promise<(string | null)[]> =>
    (await events()).filter(({ type }) => type === 'webhook.disabled').map(({ reason }) => reason);

  async function asOwner(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  it('are signed so that the published library of Standard Webhooks accepts them', async () => {
    const { secret } = await service().create(ctx, { url });
    await publish();
    await run();
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    // Its tolerance is by the clock of this machine
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({
      spec_version: '1',
      type: 'connected_account.disconnected',
      object: 'connected_account',
      id: headers['webhook-id'],
      environment_id: ctx.tenantId,
      data: { connected_account_id: 'ca_1', status: 'DISCONNECTED' },
    });
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
  });

  it('tell of nothing that was rolled back, nor of what was not asked for', async () => {
    await service().create(ctx, { url, events: ['connected_account.activated'] });
    await service().create(ctx, { url });
    await expect(publish(undefined, true)).rejects.toThrow('rolled back');
    await run();
    expect(received).toEqual([]);
    await publish();
    await run();
    expect(received).toHaveLength(1);
  });

  it('sign with both secrets for a day after a rotation', async () => {
    const { endpoint, secret: old } = await service().create(ctx, { url });
    const { secret } = await service().rotateSecret(ctx, endpoint.id);
    await publish();
    await run();
    const { headers, body } = received[0] as Received;
    for (const each of [old, secret]) expect(new Webhook(each).verify(body, headers)).toBeDefined();
    const before = now;
    now += 25 * HOUR;
    await publish();
    await run();
    now = before;
    expect((received[1] as Received).headers['webhook-signature']?.split(' ')).toHaveLength(1);
  });

  it('are sent again with the same id until they are taken', async () => {
    const { endpoint } = await service().create(ctx, { url });
    await publish();
    answers.push(500, 302);
    await run();
    expect(await run()).toBe(0);
    now += 10_000;
    await run();
    expect(await service().deliveries(ctx, endpoint.id)).toMatchObject([
      { state: 'pending', attempts: 2, lastError: 'endpoint_redirect' },
    ]);
    now += HOUR;
    await run();
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const [delivery] = await service().deliveries(ctx, endpoint.id);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 3, lastStatus: 204 });
    await service().redeliver(ctx, endpoint.id, delivery?.eventId ?? '');
    await run();
    expect(received).toHaveLength(4);
    expect((await events()).filter(({ type }) => type === 'webhook.redelivered')).toMatchObject([
      { detail: { webhook_id: endpoint.id, event_id: delivery?.eventId } },
    ]);
  });

  it('disable an endpoint that has failed for days, and one that says that it is gone', async () => {
    const { endpoint } = await service().create(ctx, { url });
    for (const wait of [0, 60 * HOUR, 61 * HOUR]) {
      now += wait;
      await publish();
      answers.push(500, 500, 500);
      await run();
    }
    expect((await service().get(ctx, endpoint.id)).status).toBe('disabled');
    expect(await reasons()).toEqual(['failing_for_days']);
    answers.length = 0;
    received.length = 0;
    await publish();
    now += 24 * HOUR;
    await run();
    expect(received).toEqual([]);
    expect((await service().update(ctx, endpoint.id, { status: 'enabled' })).failingSince).toBeNull();
    answers.push(410);
    await publish();
    await run();
    expect(await reasons()).toEqual(['gone', 'failing_for_days']);
  });

  it('V2 are an incident, once for each, when the secret to sign with does not open, and nothing is sent', async () => {
    const { endpoint } = await service().create(ctx, { url });
    await sql(`UPDATE webhook_endpoints SET secret_version = 7`);
    await publish();
    await run();
    now += HOUR;
    await run();
    expect(received).toEqual([]);
    expect(await service().deliveries(ctx, endpoint.id)).toMatchObject([
      { state: 'pending', attempts: 2, lastError: 'secret_unreadable' },
    ]);
    expect((await events()).filter(({ type }) => type === 'vault.open_failed')).toMatchObject([
      { reason: 'not_authentic', detail: { stored: 'webhook_secret', webhook_id: endpoint.id } },
    ]);
    await service().rotateSecret(ctx, endpoint.id);
    await sql(`UPDATE webhook_endpoints SET previous_secret_sealed = NULL`);
    now += HOUR;
    await run();
    expect(received).toHaveLength(1);
  });

  it('are taken on by one node at a time', async () => {
    await service().create(ctx, { url });
    for (let i = 0; i < 5; i++) await publish();
    await Promise.all([run(), run(), run()]);
    expect(received).toHaveLength(5);
  });

  it('go to https only, and never to a private address that the operator has not named', async () => {
    for (const bad of ['http://hooks.example/x', 'https://u:p@hooks.example/', 'ftp://x/', 'nowhere'])
      await expect(service().create(ctx, { url: bad })).rejects.toMatchObject({ code: 'invalid_arguments' });
    await expect(service().create(ctx, { url, events: ['tool.executed'] })).rejects.toMatchObject({
      code: 'invalid_arguments',
    });
    for (const bad of ['https://10.0.0.1/hook', 'https://[::1]/', 'https://localhost/hook', 'http://127.0.0.1:1/hook'])
      await expect(service().create(ctx, { url: bad })).rejects.toMatchObject({
        code: 'invalid_arguments',
        message: expect.stringMatching(/^url: could not be delivered to: .*GATEHOUSE_EGRESS_ALLOW/) as string,
      });
    const { endpoint } = await service().create(ctx, { url });
    await expect(service().update(ctx, endpoint.id, { url: 'https://10.0.0.1/hook' })).rejects.toMatchObject({
      code: 'invalid_arguments',
    });
    // As before the operator took the host off the list
    await sql(`UPDATE webhook_endpoints SET url = 'https://10.0.0.1/hook'`);
    await publish();
    await run();
    expect(await service().deliveries(ctx, endpoint.id)).toMatchObject([{ lastError: 'endpoint_refused' }]);
  });
});
