import { InMemoryRunner, LlmAgent, MCPToolset, setLogger } from '@google/adk';
import { HumanMessage } from '@langchain/core/messages';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { ChatOpenAI } from '@langchain/openai';
import { adkMcpToolset } from '../src/adapters/google-adk.js';
import { Stage } from './stage.js';

// To it, each session that it ends itself is an error
setLogger(null);

const LIST = 'intercom_conversations_list';

interface Seen {
  readonly names: readonly string[];
  readonly answer: string;
}

/** An agent that has its tools from the MCP door by what the framework itself has for that. */
type Agent = (stage: Stage, url: string, token: string, prompt: string) => Promise<Seen>;

const withAdk =
  (toolset: (url: string, token: string) => MCPToolset): Agent =>
  async (stage, url, token, prompt) => {
    // there is no option for either
    process.env['GOOGLE_GEMINI_BASE_URL'] = stage.model.url;
    process.env['GOOGLE_API_KEY'] = 'x';
    const tools = toolset(url, token);
    const agent = new LlmAgent({ name: 'support', model: 'gemini-2.5-flash', instruction: 'Help.', tools: [tools] });
    try {
      const names = (await tools.getTools()).map(({ name }) => name);
      const runner = new InMemoryRunner({ agent, appName: 'test' });
      const { id: sessionId } = await runner.sessionService.createSession({ appName: 'test', userId: 'u' });
      const newMessage = { role: 'user', parts: [{ text: prompt }] };
      let answer = '';
      for await (const event of runner.runAsync({ userId: 'u', sessionId, newMessage }))
        answer = event.content?.parts?.map((part) => part.text ?? '').join('') || answer;
      return { names, answer };
    } finally {
      await tools.close();
    }
  };

const withLangchain: Agent = async (stage, url, token, prompt) => {
  const servers = { intercom: { transport: 'http', url, headers: { Authorization: `Bearer ${token}` } } } as const;
  const client = new MultiServerMCPClient({ mcpServers: servers });
  const model = { apiKey: 'x', model: 'stand-in', maxRetries: 0, configuration: { baseURL: `${stage.model.url}/v1` } };
  try {
    const tools = await client.getTools();
    const agent = createReactAgent({ llm: new ChatOpenAI(model), tools });
    const { messages } = await agent.invoke({ messages: [new HumanMessage(prompt)] });
    return { names: tools.map(({ name }) => name), answer: messages.at(-1)?.text ?? '' };
  } finally {
    await client.close();
  }
};

describe('agents of other frameworks at the MCP door', () => {
  let stage: Stage;
  let url: string;
  let tokens: Record<string, string>;
  beforeAll(async () => {
    stage = await Stage.open();
    url = `${stage.gate.url}/intercom`;
    tokens = { alice: await tokenOf('alice'), bob: await tokenOf('bob') };
  });
  afterAll(() => stage.close());

  async function tokenOf(identifier: string): Promise<string> {
    const [connection] = (await stage.gate.get('/api/v1/connections')).json()['connections'] as { id: string }[];
    const made = await stage.gate.post(`/api/v1/mcp/configs/${connection?.id ?? ''}/tokens`, { identifier });
    return String(made.json()['access_token']);
  }

  const agents: Record<string, Agent> = {
    'the toolset of our client for Google ADK': withAdk((at, token) => adkMcpToolset({ url: at, token })),
    'Google ADK’s own toolset': withAdk((at, token) => {
      const requestInit = { headers: { Authorization: `Bearer ${token}` } };
      return new MCPToolset({ type: 'StreamableHTTPConnectionParams', url: at, transportOptions: { requestInit } });
    }),
    'LangChain’s MCP adapters': withLangchain,
  };

  it.each(Object.entries(agents))(
    '%s: each of two users at once lists, and calls as themselves',
    async (_name, run) => {
      const users = ['alice', 'bob'] as const;
      const before = await Promise.all(users.map(async (user) => (await stage.calls(user)).length));
      const prompt = `CALL ${LIST} ${JSON.stringify({ assigned_to: 'me', limit: 1 })}`;
      const seen = await Promise.all(users.map((user) => run(stage, url, tokens[user] ?? '', prompt)));
      for (const [index, user] of users.entries()) {
        const { id } = stage.teammate(user);
        expect(seen[index]?.names).toContain(LIST);
        expect(seen[index]?.answer).toContain(id);
        const calls = await stage.calls(user);
        expect(calls).toHaveLength((before[index] ?? 0) + 1);
        expect(calls[0]).toMatchObject({ tool_name: LIST, source: 'mcp', status: 'success', principal_id: id });
      }
      expect(stage.refused().map(({ refused }) => refused)).toEqual([]);
    },
  );

  it('Google ADK’s `headers` stay unsent, as the guide says: nobody is let in', async () => {
    const params = {
      type: 'StreamableHTTPConnectionParams',
      url,
      headers: { Authorization: `Bearer ${tokens['alice']}` },
    };
    const tools = new MCPToolset(params as ConstructorParameters<typeof MCPToolset>[0]);
    await expect(tools.getTools()).rejects.toThrow('unauthenticated');
    await tools.close();
  });
});
