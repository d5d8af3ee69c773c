import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Gatehouse, isGatehouseError, verifyWebhook, type AuditEvent, type Revocation } from '../src/index.js';
import { Browser } from '../../../apps/demo/src/http.js';
import { Stage } from './stage.js';
import { Receiver } from './receiver.js';

const LIST = 'intercom_conversations_list';

/** What `@scalekit-sdk/node` says to a webhook; in a process of its own, since Jest can not load it. */
async function publishedVerdict(...given: unknown[]): Promise<string> {
  const code = `
    import { ScalekitClient } from '@scalekit-sdk/node';
    const client = new ScalekitClient('http://127.0.0.1', 'skc_x', 'x');
    try { console.log(client.verifyWebhookPayload(...JSON.parse(process.env.GIVEN))); } catch (error) { console.log(error.message); }`;
  const args = ['--input-type=module', '--eval', code];
  const options = { cwd: import.meta.dirname, env: { PATH: process.env['PATH'], GIVEN: JSON.stringify(given) } };
  return (await promisify(execFile)(process.execPath, args, options)).stdout.trim();
}

describe('the client against a live Gatehouse', () => {
  let stage: Stage;
  let gatehouse: Gatehouse;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
    stage = await Stage.open([receiver.host]);
    gatehouse = stage.gatehouse;
  });
  afterAll(async () => {
    await stage.close();
    await receiver.close();
  });

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
    );

  it('lists tools and runs one, as the product page shows it', async () => {
    const { tools } = await gatehouse.tools.listScopedTools('alice', {
      filter: { connectionNames: ['intercom'], toolNames: [LIST, 'intercom_conversation_get'] },
      pageSize: 100,
    });
    expect(tools.map(({ tool }) => tool.definition.name)).toEqual([LIST, 'intercom_conversation_get']);
    expect(tools[0]?.tool.definition.input_schema).toMatchObject({ type: 'object' });
    const { data, executionId } = await gatehouse.tools.executeTool({
      toolName: LIST,
      identifier: 'alice',
      params: { limit: 1 },
    });
    expect(data).toHaveProperty('total_count');
    expect(await gatehouse.tools.getExecution(executionId)).toMatchObject({
      status: 'success',
      toolName: LIST,
      identifier: 'alice',
    });
  });

  it('iterates over all pages', async () => {
    const names: string[] = [];
    for await (const { tool } of gatehouse.forUser('alice').listScopedTools({ pageSize: 2 }))
      names.push(tool.definition.name);
    const whole = await gatehouse.forUser('alice').listScopedTools();
    expect(names).toEqual(whole.tools.map(({ tool }) => tool.definition.name));
    expect(names.length).toBeGreaterThan(2);
    for await (const tool of gatehouse.tools.listTools({ pageSize: 5 })) expect(tool.provider).toBe('INTERCOM');
    expect((await gatehouse.tools.listTools({ filter: { summary: true } })).toolNames).toContain(LIST);
  });

  it('takes a user from nothing to a call, and back', async () => {
    const dora = gatehouse.forUser('dora');
    expect((await dora.listAvailableTools()).tools.length).toBeGreaterThan(0);
    expect(await codeOf(dora.connectedAccount('intercom'))).toBe('account_not_found');
    const { link, expiry } = await dora.connectLink('intercom');
    expect(Date.parse(expiry)).toBeGreaterThan(Date.now());
    const browser = new Browser();
    const consent = { teammate: stage.teammates[0]?.id ?? '', decision: 'allow' };
    await stage.gate.answerConsent(browser, await browser.openConnectLink(link), consent);
    const account = await dora.connectedAccount('intercom');
    expect(account).toMatchObject({ status: 'ACTIVE', identifier: 'dora', principal: { id: consent.teammate } });
    for (const token of stage.gate.providerTokens) expect(JSON.stringify(account)).not.toContain(token);
    expect(await dora.executeTool({ toolName: LIST, params: { limit: 1 } })).toHaveProperty('executionId');

    await gatehouse.connectedAccounts.disconnectConnectedAccount(account.id);
    const refused: unknown = await dora.executeTool({ toolName: LIST }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'account_not_active',
      status: 409,
      accountStatus: 'DISCONNECTED',
      connectUrl: expect.stringContaining('/connect/') as string,
      executionId: expect.stringMatching(/^exe_/) as string,
      requestId: expect.any(String) as string,
    });
    await gatehouse.connectedAccounts.deleteConnectedAccount({ connector: 'intercom', identifier: 'dora' });
    expect((await dora.listConnectedAccounts()).totalSize).toBe(0);
  });

  it('knows the connections that users can connect to', async () => {
    const { connections, totalSize } = await gatehouse.connections.listConnections({ provider: 'intercom' });
    expect(connections).toMatchObject([{ name: 'intercom', connector: 'intercom', status: 'enabled' }]);
    expect(totalSize).toBe(1);
    const [first] = connections;
    expect(await gatehouse.connections.getConnection(first?.id ?? '')).toEqual(first);
    expect(await codeOf(gatehouse.connections.getConnection('conn_none'))).toBe('not_found');
  });

  it('ends the authorization of one user, or that of a whole workspace when it is told to', async () => {
    const { connectedAccounts, revocations } = gatehouse;
    // a workspace of their own, so that nobody else's access ends with it
    const [frank, gina] = (await stage.gate.teammates()).filter(
      ({ workspace_id: workspace }) => workspace !== stage.teammates[0]?.workspace_id,
    );
    await stage.gate.connect('gina', gina?.id ?? '');
    await stage.gate.connect('frank', frank?.id ?? '');
    const { id } = await gatehouse.forUser('frank').connectedAccount('intercom');
    // Intercom's tokens do not run out, so there is nothing to get anew
    expect(await codeOf(connectedAccounts.refreshConnectedAccount(id))).toBe('conflict');

    const kept = await connectedAccounts.disconnectConnectedAccount(id);
    expect(kept).toMatchObject({ status: 'DISCONNECTED', upstreamRevocation: { state: 'skipped' } });
    await stage.gate.connect('frank', frank?.id ?? '');
    const ended = await connectedAccounts.disconnectConnectedAccount(id, { uninstall: true });
    expect(ended.upstreamRevocation?.state).not.toBe('skipped');
    const listed: Revocation[] = [];
    for await (const each of revocations.listRevocations({ connectedAccountId: id, pageSize: 1 })) listed.push(each);
    expect(listed).toMatchObject([
      { id: ended.upstreamRevocation?.id, identifier: 'frank', ends: 'workspace' },
      { id: kept.upstreamRevocation?.id, state: 'skipped' },
    ]);
    expect((await revocations.listRevocations({ connectedAccountId: id, state: 'skipped' })).totalSize).toBe(1);
  });

  it('is told of events, and knows them for the ones that Gatehouse signed, also while the secret is changed', async () => {
    const { webhooks } = gatehouse;
    const { webhook, secret } = await webhooks.createWebhook({
      url: receiver.url,
      events: ['connected_account.created'],
    });
    const rotated = await webhooks.rotateWebhookSecret(webhook.id);
    expect(rotated.webhook.previousSecretUntil).not.toBeNull();
    await gatehouse.connectedAccounts.createConnectedAccount({ connector: 'intercom', identifier: 'greta' });
    const { headers, body } = await receiver.next(stage.gate);
    for (const each of [secret, rotated.secret])
      expect(await verifyWebhook(each, headers, body)).toMatchObject({
        id: headers['webhook-id'],
        type: 'connected_account.created',
        data: { identifier: 'greta' },
      });
    const forged = verifyWebhook(secret, headers, body.replace('greta', 'alice'));
    expect(await codeOf(forged)).toBe('invalid_webhook');
    // the published client that Gatehouse serves too reads the same signatures
    expect(await publishedVerdict(rotated.secret, headers, body)).toBe('true');
    expect(await publishedVerdict(rotated.secret, headers, `${body} `)).toMatch(/invalid/i);

    const [delivery] = await webhooks.listWebhookDeliveries(webhook.id);
    expect(delivery).toMatchObject({ eventId: headers['webhook-id'], state: 'delivered', attempts: 1 });
    expect(await webhooks.redeliverWebhook(webhook.id, delivery?.eventId ?? '')).toMatchObject({ state: 'pending' });
    expect((await receiver.next(stage.gate)).headers['webhook-id']).toBe(delivery?.eventId);
  });

  it('changes and deletes an endpoint', async () => {
    const { webhooks } = gatehouse;
    const [webhook] = await webhooks.listWebhooks();
    const id = webhook?.id ?? '';
    expect(await webhooks.updateWebhook(id, { status: 'disabled', events: [] })).toMatchObject({
      url: receiver.url,
      status: 'disabled',
      events: [],
    });
    expect(await webhooks.getWebhook(id)).toMatchObject({ status: 'disabled' });
    await webhooks.deleteWebhook(id);
    expect(await codeOf(webhooks.getWebhook(id))).toBe('not_found');
    expect(await codeOf(webhooks.createWebhook({ url: 'not a url' }))).toBe('invalid_arguments');
  });

  it('says that arguments are too large', async () => {
    const params = { body: 'x'.repeat(21_000_000) };
    expect(await codeOf(gatehouse.forUser('alice').executeTool({ toolName: LIST, params }))).toBe('payload_too_large');
  });

  it('makes an account, or finds the one that there is', async () => {
    const account = { connector: 'intercom', identifier: 'erin' };
    const made = await gatehouse.connectedAccounts.getOrCreateConnectedAccount(account);
    expect(made.status).toBe('PENDING_AUTH');
    expect((await gatehouse.connectedAccounts.getOrCreateConnectedAccount(account)).id).toBe(made.id);
  });

  it('writes once, however often it is asked for under one key', async () => {
    const user = gatehouse.forUser('alice');
    const { data } = await user.executeTool({ toolName: LIST, params: { state: 'open', limit: 1 } });
    const [conversation] = data['conversations'] as { id: string }[];
    const reply = {
      toolName: 'intercom_conversation_reply',
      params: { conversation_id: conversation?.id, body: 'On it.' },
      idempotencyKey: 'reply-1',
    };
    const [first, second] = [await user.executeTool(reply), await user.executeTool(reply)];
    expect(second).toEqual(first);
    const replies = (await stage.gate.providerRequests()).filter(({ path }) =>
      path.endsWith(`/${conversation?.id}/reply`),
    );
    expect(replies).toHaveLength(1);
  });

  it('names the fields that are wrong', async () => {
    const error: unknown = await gatehouse
      .forUser('alice')
      .executeTool({ toolName: LIST, params: { limit: 1000 } })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'invalid_arguments',
      errors: [{ field: expect.stringContaining('limit') as string }],
    });
  });

  it('streams the audit trail, and lists it', async () => {
    const events: AuditEvent[] = [];
    const filter = { identifier: 'alice', types: ['tool.executed'] };
    for await (const event of gatehouse.audit.exportEvents(filter)) events.push(event);
    expect(events.length).toBeGreaterThan(0);
    expect(events.every(({ identifier, toolName }) => identifier === 'alice' && toolName !== null)).toBe(true);
    const listed: AuditEvent[] = [];
    for await (const event of gatehouse.audit.listEvents({ filter, pageSize: 1 })) listed.push(event);
    expect(listed.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toReversed());
    for await (const event of gatehouse.audit.exportEvents()) {
      expect(event.id).toMatch(/^evt_/);
      break;
    }
  });

  it('says that a secret is wrong', async () => {
    const wrong = new Gatehouse({ url: stage.gate.url, clientId: stage.client.id, clientSecret: 'wrong' });
    expect(await codeOf(wrong.forUser('alice').executeTool({ toolName: LIST }))).toBe('unauthenticated');
  });

  it('starts cold with twenty calls at once', async () => {
    const cold = new Gatehouse({ url: stage.gate.url, clientId: stage.client.id, clientSecret: stage.client.secret });
    const calls = Array.from({ length: 20 }, () =>
      cold.tools.executeTool({ toolName: LIST, identifier: 'bob', params: { limit: 1 } }),
    );
    expect(await Promise.all(calls)).toHaveLength(20);
  });

  describe('the examples', () => {
    const root = join(import.meta.dirname, '../../..');
    const example = async (name: string): Promise<string> => {
      const env = {
        PATH: process.env['PATH'],
        NODE_OPTIONS: `--require=${join(import.meta.dirname, 'preload-guard.cjs')}`,
        GATEHOUSE_URL: stage.gate.url,
        GATEHOUSE_CLIENT_ID: stage.client.id,
        GATEHOUSE_CLIENT_SECRET: stage.client.secret,
        GATEHOUSE_USER: 'alice',
      };
      return (await promisify(execFile)(process.execPath, [join(root, 'scripts/example.mjs'), name], { env })).stdout;
    };

    it.each(['langchain', 'openai', 'anthropic', 'google-adk'])(
      '%s runs as it is, from the built package',
      async (name) => {
        expect(await example(name)).toMatch(/^The tools say: .*total_count/s);
      },
    );
  });
});
