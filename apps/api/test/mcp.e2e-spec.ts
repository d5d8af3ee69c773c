import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Harness } from './harness.js';

const MODERN = '2026-07-28';
const LIST = 'intercom_conversations_list';

interface TextResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Record<string, unknown>;
}

describe('the MCP door', () => {
  let gate: Harness;
  let connection: string;
  const closers: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    gate = await Harness.start();
    const list = (await gate.get('/api/v1/connections')).json()['connections'] as { id: string }[];
    connection = list[0]?.id ?? '';
    const [one, two] = (await gate.teammates()).filter((each) => each.has_inbox_seat);
    await gate.connect('alice', one?.id ?? '');
    await gate.connect('bob', two?.id ?? '');
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  afterAll(() => gate.stop());

  async function tokenFor(identifier: string, more: object = {}): Promise<string> {
    const made = await gate.post(`/api/v1/mcp/configs/${connection}/tokens`, { identifier, ...more });
    if (made.status !== 201) throw new Error(made.text);
    return String(made.json()['access_token']);
  }

  const headersOf = (token: string, more: Record<string, string> = {}) => ({
    requestInit: { headers: { authorization: `Bearer ${token}`, ...more } },
  });

  async function modern(
    token: string,
    { url = `${gate.url}/intercom`, elicits = false, headers = {} } = {},
  ): Promise<Client> {
    const capabilities = elicits ? { elicitation: { url: {} } } : {};
    const client = new Client({ name: 'modern', version: '1' }, { capabilities, versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), headersOf(token, headers)));
    closers.push(() => client.close());
    return client;
  }

  async function old(token: string, url = `${gate.url}/intercom`): Promise<OldClient> {
    const client = new OldClient({ name: 'old', version: '1' });
    const transport = new OldTransport(new URL(url), headersOf(token));
    await client.connect(transport);
    closers.push(() => client.close());
    return client;
  }

  const call = async (
    client: Client | OldClient,
    name: string,
    args: Record<string, unknown> = {},
  ): Promise<TextResult> => (await client.callTool({ name, arguments: args })) as TextResult;

  const dataOf = ({ content }: TextResult): Record<string, unknown> =>
    JSON.parse(content.at(-1)?.text ?? '') as Record<string, unknown>;

  it('answers the official clients of both generations at one URL, each in its own protocol', async () => {
    const token = await tokenFor('alice');
    const [now, before] = [await modern(token), await old(token)];
    expect(now.getNegotiatedProtocolVersion()).toBe(MODERN);
    const lists = [(await now.listTools()).tools, (await before.listTools()).tools];
    expect(lists[0]?.map(({ name }) => name)).toEqual(lists[1]?.map(({ name }) => name));
    const results = [await call(now, LIST, { limit: 2 }), await call(before, LIST, { limit: 2 })];
    expect(results.map(({ isError = false }) => isError)).toEqual([false, false]);
    expect(dataOf(results[0] as TextResult)).toEqual(dataOf(results[1] as TextResult));
  });
});
