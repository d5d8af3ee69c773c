import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { RunAsyncToolRequest } from '@google/adk';
import { adkMcpToolset } from '../src/adapters/google-adk.js';

/** An MCP endpoint with one token per user: whoami says whose it is, and a request without one gets 401. */
async function startMcp() {
  const authorizations: (string | undefined)[] = [];
  const http = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    const user = /^Bearer token-of-(\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (user === undefined) return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
    return void serve(user, request, response);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    authorizations,
    close: () => {
      http.closeAllConnections();
      http.close();
    },
  };
}

async function serve(user: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const server = new McpServer({ name: 'test', version: '1' });
  server.registerTool('whoami', {}, () => ({ content: [{ type: 'text', text: user }] }));
  server.registerTool('other', {}, () => ({ content: [] }));
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  await transport.handleRequest(request, response, await bodyOf(request));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

describe("ADK's toolset for an MCP endpoint", () => {
  let mcp: Awaited<ReturnType<typeof startMcp>>;
  beforeAll(async () => {
    mcp = await startMcp();
  });
  afterAll(() => mcp.close());

  const whoami = async (name: string): Promise<unknown> => {
    const set = adkMcpToolset({ url: mcp.url, token: `token-of-${name}`, toolNames: ['whoami'] });
    try {
      const tools = await set.getTools();
      expect(tools.map((tool) => tool.name)).toContain('whoami');
      const tool = tools.find((each) => each.name === 'whoami');
      return await tool?.runAsync({ args: {}, toolContext: {} } as unknown as RunAsyncToolRequest);
    } finally {
      await set.close();
    }
  };

  it('sends the token with every request, so that each call is of its own user', async () => {
    const answers = await Promise.all([whoami('alice'), whoami('bob')]);
    expect(answers).toMatchObject([
      { content: [{ type: 'text', text: 'alice' }] },
      { content: [{ type: 'text', text: 'bob' }] },
    ]);
    expect(mcp.authorizations.length).toBeGreaterThan(4);
    expect(mcp.authorizations.every((each) => /^Bearer token-of-(alice|bob)$/.test(each ?? ''))).toBe(true);
  });

  it('is not made without a token', () => {
    expect(() => adkMcpToolset({ url: mcp.url, token: '' })).toThrow(/token/);
  });
});
