import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeToyConnectors } from '#app/testing';
import pg from 'pg';
import { Browser, type Answer } from '../../demo/src/http.js';
import { Harness } from './harness.js';
import { call, dataOf, McpClients, resultOf, textOf } from './mcp-clients.js';

const LIST = 'intercom_conversations_list';
const GET = 'intercom_conversation_get';
const CONTACTS = 'intercom_contacts_search';
const REPLY = 'intercom_conversation_reply';

interface Config {
  readonly id: string;
  readonly version: number;
  readonly mcp_server_url: string;
  readonly connection_tool_mappings: readonly {
    readonly connection_name: string;
    readonly tools: readonly string[];
    readonly tool_definitions: readonly { readonly name: string; readonly digest: string; readonly state: string }[];
  }[];
}

describe('toolsets', () => {
  const toys = writeToyConnectors([{ id: 'toy', clientAuth: 'basic', pkce: 'S256' }]);
  let gate: Harness;
  let clients: McpClients;
  let owner: pg.Client;
  let count = 0;
  beforeAll(async () => {
    gate = await Harness.start({ env: { GATEHOUSE_CONNECTORS_DIR: toys.dir } });
    clients = new McpClients(gate);
    owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    const [one, two] = (await gate.teammates()).filter((each) => each.has_inbox_seat);
    await gate.connect('alice', one?.id ?? '');
    await gate.connect('bob', two?.id ?? '');
  });
  afterEach(() => clients.close());
  afterAll(async () => {
    await owner.end();
    await gate.stop();
    toys.remove();
  });

  const make = (tools: string[], more: object = {}): Promise<Answer> =>
    gate.post('/api/v1/mcp/configs', {
      name: `set-${++count}`,
      connection_tool_mappings: [{ connection_name: 'intercom', tools }],
      ...more,
    });

  const configOf = (answer: Answer): Config => {
    if (answer.status >= 300) throw new Error(answer.text);
    return answer.json()['config'] as Config;
  };

  const toolsIn = ({ connection_tool_mappings: parts }: Config): string[] => parts.flatMap(({ tools }) => tools);

  const connect = async ({ id, mcp_server_url: url }: Config, user = 'alice') =>
    clients.modern(await clients.token(user, {}, id), { url });

  const namesOf = async (config: Config): Promise<string[]> =>
    (await (await connect(config)).listTools()).tools.map(({ name }) => name);

  /** As if a release had changed what the tool says of itself after it was accepted. */
  const changeDefinition = ({ id }: Config, name: string): Promise<unknown> =>
    owner.query(
      `UPDATE toolsets SET parts = regexp_replace(parts::text, '"name": "${name}", "digest": "[^"]*"',
         '"name": "${name}", "digest": "of-before"')::jsonb WHERE id = $1`,
      [id],
    );

  it('serve the chosen tools under one URL, in the order that was chosen, and call no other', async () => {
    const config = configOf(await make([CONTACTS, LIST]));
    expect(config.mcp_server_url).toBe(`${gate.url}/mcp/set-${count}`);
    expect(await namesOf(config)).toEqual([CONTACTS, LIST]);
    const client = await connect(config);
    expect(dataOf(await call(client, LIST, { limit: 1 }))['conversations']).toHaveLength(1);
    await expect(call(client, REPLY, {})).rejects.toThrow(REPLY);
    const url = `${config.mcp_server_url}/readonly`;
    const reading = await clients.modern(await clients.token('alice', {}, config.id), { url });
    expect((await reading.listTools()).tools).toHaveLength(2);
  });

  it('answer a token for their own URL only', async () => {
    const [one, other] = [configOf(await make([LIST])), configOf(await make([GET]))];
    const token = await clients.token('alice', {}, one.id);
    for (const url of [other.mcp_server_url, clients.url, `${gate.url}/mcp/${one.id}`])
      expect((await clients.raw(token, 'tools/list', {}, { url })).status).toBe(401);
    expect((await clients.raw(token, 'tools/list', {}, { url: one.mcp_server_url })).status).toBe(200);
  });

  it('hold all tools of a connection where none is named, and a tool by its own name where an alias is', async () => {
    expect(toolsIn(configOf(await make([])))).toHaveLength(6);
    expect(toolsIn(configOf(await make(['intercom_list_conversations'])))).toEqual([LIST]);
  });

  it.each<[string, object, string]>([
    ['a connection that is not there', { connection_tool_mappings: [{ connection_name: 'none' }] }, 'no connection'],
    [
      'a tool that is not there',
      { connection_tool_mappings: [{ connection_name: 'intercom', tools: ['x'] }] },
      'no tool',
    ],
    [
      'a tool that is there twice',
      { connection_tool_mappings: [{ connection_name: 'intercom' }, { connection_name: 'intercom', tools: [LIST] }] },
      'there twice',
    ],
    ['a name for no URL', { name: 'A b/c' }, 'lower case'],
    ['no connection', { connection_tool_mappings: [] }, 'empty'],
  ])('refuse %s: 400', async (_what, body, said) => {
    const answer = await make([LIST], body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(said)]);
  });

  it('refuse a name that is taken, and a change to a version that is no longer there: 409', async () => {
    const { id, version } = configOf(await make([LIST], { name: 'taken' }));
    expect((await make([LIST], { name: 'taken' })).status).toBe(409);
    const path = `/api/v1/mcp/configs/${id}`;
    expect(configOf(await gate.patch(path, { description: 'new', version })).version).toBe(version + 1);
    expect((await gate.patch(path, { description: 'late', version })).status).toBe(409);
    const both = await Promise.all([gate.patch(path, { description: 'a' }), gate.patch(path, { description: 'b' })]);
    const { version: after } = configOf(await gate.get(path));
    expect(after).toBe(version + 1 + both.filter(({ status }) => status === 200).length);
  });

  it('do not call a tool whose definition has changed until somebody accepts it', async () => {
    const config = configOf(await make([LIST, GET]));
    await changeDefinition(config, LIST);
    expect(await namesOf(config)).toEqual([GET]);
    const refused = await call(await connect(config), LIST);
    expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining(`configs/${config.id}:accept`)]);
    expect((await gate.auditEvents('&type=tool.refused')).some((event) => event['tool_name'] === LIST)).toBe(true);
    const path = `/api/v1/mcp/configs/${config.id}`;
    const stateOf = (shown: Config): string[] =>
      shown.connection_tool_mappings.flatMap((part) => part.tool_definitions.map(({ state }) => state));
    expect(stateOf(configOf(await gate.get(path)))).toEqual(['changed', 'accepted']);
    // Not by the way, by who changes something else
    const mappings = [{ connection_name: 'intercom', tools: [LIST, GET, CONTACTS] }];
    const changed = configOf(await gate.patch(path, { connection_tool_mappings: mappings }));
    expect(stateOf(changed)).toEqual(['changed', 'accepted', 'accepted']);
    const accepted = configOf(await gate.post(`${path}:accept`, { version: changed.version }));
    expect([accepted.version, stateOf(accepted)]).toEqual([changed.version + 1, ['accepted', 'accepted', 'accepted']]);
    expect((await call(await connect(config), LIST, { limit: 1 })).isError).toBeUndefined();
    const [event] = await gate.auditEvents('&type=toolset.accepted');
    expect(event?.['detail']).toMatchObject({ toolset_id: config.id, version: accepted.version });
  });

  it('do not call a tool by which a changed manifest asks the provider for something else', async () => {
    const made = await gate.post('/api/v1/connections', {
      name: 'toy',
      connector: 'toy',
      oauth_client_id: 'x',
      oauth_client_secret: 'y'.repeat(20),
    });
    expect(made.status).toBe(201);
    const mapping = { connection_name: 'toy', tools: ['toy_me_get'] };
    const config = configOf(await make([], { connection_tool_mappings: [mapping] }));
    expect(await namesOf(config)).toEqual(['toy_me_get']);
    const manifest = join(toys.dir, 'toy', 'connector.yaml');
    const text = readFileSync(manifest, 'utf8');
    expect(text).toContain('path: /me }\n    output');
    writeFileSync(manifest, text.replace('path: /me }\n    output', 'path: /keys }\n    output'));
    // As a node of the next release reads it
    const node = await gate.addNode();
    const url = config.mcp_server_url.replace(gate.url, node);
    const token = await clients.token('alice', {}, config.id);
    expect(resultOf(await clients.raw(token, 'tools/list', {}, { url }))['tools']).toEqual([]);
    const refused = await clients.raw(token, 'tools/call', { name: 'toy_me_get', arguments: {} }, { url });
    expect(refused.text).toContain(`configs/${config.id}:accept`);
    await gate.stopNode(node);
  });

  it('say which of their connections a user has an account for, with a link for those that are not connected', async () => {
    const config = configOf(await make([LIST]));
    const path = `/api/v1/mcp/configs/${config.id}/connected_accounts`;
    const accountsOf = async (body: object): Promise<Record<string, unknown>[]> => {
      const answer = await gate.post(path, body);
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
      return answer.json()['connected_accounts'] as Record<string, unknown>[];
    };
    const known = { connection_name: 'intercom', provider: 'intercom' };
    expect(await accountsOf({ identifier: 'alice', include_auth_link: true })).toMatchObject([
      { ...known, connected_account_status: 'ACTIVE', authentication_link: null },
    ]);
    const waiting = { ...known, connected_account_status: 'PENDING_AUTH' };
    expect(await accountsOf({ identifier: 'new' })).toMatchObject([{ ...waiting, authentication_link: null }]);
    const [asked] = await accountsOf({ identifier: 'new', include_auth_link: true });
    expect(asked).toMatchObject({ ...waiting, connected_account_id: (await gate.account('new'))['id'] });
    const page = await new Browser().open(String(asked?.['authentication_link']));
    expect(page.page.text).toContain('<bdi>new</bdi>');
    expect((await gate.post(path, {})).status).toBe(400);
    expect((await gate.post('/api/v1/mcp/configs/cfg_none/connected_accounts', { identifier: 'new' })).status).toBe(
      404,
    );
    const weak = await gate.clientWith({ permissions: ['connections:read'] });
    expect((await gate.request('POST', path, { identifier: 'new' }, weak)).status).toBe(403);
  });

  it('end with their tokens: another one that gets the name later is not opened by them', async () => {
    const first = configOf(await make([GET], { name: 'reused' }));
    const token = await clients.token('alice', {}, first.id);
    const at = { url: first.mcp_server_url };
    expect((await clients.raw(token, 'tools/list', {}, at)).status).toBe(200);
    expect((await gate.remove(`/api/v1/mcp/configs/${first.id}`)).status).toBe(200);
    expect((await clients.raw(token, 'tools/list', {}, at)).status).toBe(404);
    const second = configOf(await make([LIST, REPLY], { name: 'reused' }));
    expect(second.mcp_server_url).toBe(first.mcp_server_url);
    expect((await clients.raw(token, 'tools/list', {}, at)).status).toBe(401);
    expect((await clients.raw(await clients.token('alice', {}, second.id), 'tools/list', {}, at)).status).toBe(200);
  });

  it('change and end for the next request, whatever was listed before', async () => {
    const config = configOf(await make([LIST, GET]));
    const client = await connect(config);
    expect((await client.listTools()).tools).toHaveLength(2);
    const path = `/api/v1/mcp/configs/${config.id}`;
    await gate.patch(path, { connection_tool_mappings: [{ connection_name: 'intercom', tools: [GET] }] });
    await expect(call(client, LIST)).rejects.toThrow(LIST);
    expect((await gate.remove(path)).status).toBe(200);
    await expect(call(client, GET, { conversation_id: '1' })).rejects.toThrow();
    expect((await gate.get(path)).status).toBe(404);
    expect(
      ((await gate.get('/api/v1/mcp/configs')).json()['configs'] as Config[]).some(({ id }) => id === config.id),
    ).toBe(false);
  });
});
