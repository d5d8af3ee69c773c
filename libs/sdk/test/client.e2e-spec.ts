import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Gatehouse, isGatehouseError, type AuditEvent } from '../src/index.js';
import { Browser } from '../../../apps/demo/src/http.js';
import { Stage } from './stage.js';

const LIST = 'intercom_conversations_list';

describe('the client against a live Gatehouse', () => {
  let stage: Stage;
  let gatehouse: Gatehouse;
  beforeAll(async () => {
    stage = await Stage.open();
    gatehouse = stage.gatehouse;
  });
  afterAll(() => stage.close());

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
    expect(JSON.stringify(account)).not.toMatch(/access_?token/i);
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
    const script = async (name: string, ...args: string[]): Promise<string> => {
      const env = {
        PATH: process.env['PATH'],
        NODE_OPTIONS: `--require=${join(import.meta.dirname, 'preload-guard.cjs')}`,
        GATEHOUSE_URL: stage.gate.url,
        GATEHOUSE_CLIENT_ID: stage.client.id,
        GATEHOUSE_CLIENT_SECRET: stage.client.secret,
        GATEHOUSE_USER: 'alice',
      };
      return (await promisify(execFile)(process.execPath, [join(root, 'scripts', name), ...args], { env })).stdout;
    };
    beforeAll(() => script('build-sdk.mjs'));

    it.each(['langchain', 'openai', 'anthropic', 'google-adk'])(
      '%s runs as it is, from the built package',
      async (name) => {
        expect(await script('example.mjs', name)).toMatch(/^The tools say: .*total_count/s);
      },
    );
  });
});
