import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, type Machine } from '../src/index.js';

const TOOL = { name: 'a_list', annotations: { readOnlyHint: true }, inputSchema: { type: 'object' } };
const NOW = Date.parse('2026-11-26T02:30:00Z');

/** What a server says that has nothing wrong with it; a test puts something else in the place of some of it. */
interface Says {
  opening?: [number, Record<string, string>, unknown];
  resource?: [number, unknown];
  issuer?: [number, unknown];
  withToken?: [number, Record<string, string>, unknown];
  tools?: unknown[];
  result?: unknown;
  date?: string;
}

const jwt = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

describe('gatehouse doctor', () => {
  let root: string;
  let server: Server;
  let origin: string;
  let says: Says;
  let printed: string;
  beforeAll(async () => {
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
    says = {};
    printed = '';
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await chosen(request);
    response.writeHead(status, { date: says.date ?? new Date(NOW).toUTCString(), ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  async function chosen(request: IncomingMessage): Promise<{ status: number; headers: object; body: unknown }> {
    const of = ([status, headers, body]: [number, object, unknown]) => ({ status, headers, body });
    const metadata = `${origin}/.well-known/oauth-protected-resource/intercom`;
    if (request.url === '/.well-known/oauth-protected-resource/intercom')
      return of([says.resource?.[0] ?? 200, {}, says.resource?.[1] ?? resource()]);
    if (request.url === '/.well-known/oauth-authorization-server')
      return of([
        says.issuer?.[0] ?? 200,
        {},
        says.issuer?.[1] ?? { issuer: origin, code_challenge_methods_supported: ['S256'] },
      ]);
    if (request.headers.authorization === undefined)
      return of(says.opening ?? [401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }, {}]);
    if (says.withToken) return of(says.withToken);
    const { method } = JSON.parse((await request.toArray()).join('')) as { method: string };
    const results: Record<string, unknown> = {
      initialize: {},
      'tools/list': { tools: says.tools ?? [TOOL] },
      'tools/call': says.result ?? { content: [] },
    };
    return of([
      200,
      { 'content-type': 'text/event-stream' },
      `data: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result: results[method] })}\n\n`,
    ]);
  }

  const resource = (more: object = {}): object => ({
    resource: `${origin}/intercom`,
    authorization_servers: [origin],
    ...more,
  });

  const machine = (env: Record<string, string> = {}): Machine => ({
    home: root,
    project: join(root, 'project'),
    platform: 'linux',
    env,
    now: () => NOW,
    print: (text) => (printed += text),
    tell: (text) => (printed += text),
  });

  const examine = (args: string[] = [], env: Record<string, string> = {}): Promise<number> =>
    runProgram(['doctor', '--url', `${origin}/intercom`, ...args], machine(env));

  it('finds nothing wrong where nothing is', async () => {
    await runProgram(['connect', '--client', 'cursor', '--url', `${origin}/intercom`, '--token-env', 'T'], machine());
    printed = '';
    const token = jwt({ exp: NOW / 1000 + 60, aud: `${origin}/intercom` });
    expect([await examine(['--client', 'cursor', '--token-env', 'T', '--call'], { T: token }), printed]).toEqual([
      0,
      `FINE   Cursor knows the URL: intercom in ${join(root, '.cursor/mcp.json')}.
FINE   ${origin}/intercom is there and asks for a sign-in.
FINE   Users sign in at ${origin}.
FINE   The server takes the token.
FINE   It offers 1 tools.
FINE   a_list works: an account is connected.
Nothing is wrong.
`,
    ]);
  });

  const SERVERS: [string, () => Says, string, string][] = [
    ['another path', () => ({ opening: [404, {}, {}] }), 'There is no MCP server', 'name of the connection'],
    [
      'a redirect',
      () => ({ opening: [308, { location: 'https://a.example/' }, {}] }),
      'redirects to https://a.example/',
      'Use that URL',
    ],
    ['a foreign host name', () => ({ opening: [403, {}, {}] }), 'refuses the request', 'PUBLIC_URL'],
    ['a page', () => ({ opening: [200, {}, '<html>'] }), 'does not ask for a sign-in', 'no Gatehouse server'],
    ['a failure', () => ({ opening: [502, {}, 'Bad gateway'] }), 'answers with 502', 'log of the server'],
    ['a method refused', () => ({ opening: [405, {}, {}] }), 'answers with 405', 'Check the URL'],
    ['a header taken out', () => ({ opening: [401, {}, {}] }), 'no WWW-Authenticate', 'Let the proxy'],
    ['no metadata', () => ({ resource: [404, {}] }), "can't be read", 'Let the proxy'],
    [
      'metadata of another URL',
      () => ({ resource: [200, resource({ resource: `${origin}/intercom/` })] }),
      'to the byte',
      'mend PUBLIC_URL',
    ],
    ['no OAuth server', () => ({ issuer: [404, {}] }), 'does not describe itself', 'Let the proxy'],
    [
      'an OAuth server nobody named',
      () => ({ resource: [200, resource({ authorization_servers: [] })] }),
      'does not describe',
      'Let the proxy',
    ],
    [
      'another issuer',
      () => ({ issuer: [200, { issuer: 'https://b.example' }] }),
      'calls itself https://b.example',
      'PUBLIC_URL',
    ],
    [
      'no PKCE',
      () => ({ issuer: [200, { issuer: origin }] }),
      'does not offer PKCE',
      'none that coding agents can use',
    ],
    [
      'a clock apart',
      () => ({ date: new Date(NOW + 90_000).toUTCString() }),
      '90 seconds apart',
      'Set the one that is wrong',
    ],
  ];
  it.each(SERVERS)('names %s of a server, and what to do', async (_, saying, text, mend) => {
    says = saying();
    expect(await examine()).toBe(1);
    expect(printed).toMatch(new RegExp(`^WRONG .*${text}.*\\n +→ .*${mend}`, 'm'));
    expect(printed).toContain('One thing is wrong.');
  });

  it('names a server that is not there', async () => {
    const args = ['doctor', '--url', 'http://127.0.0.1:1/intercom'];
    expect(await runProgram(args, machine())).toBe(1);
    expect(printed).toMatch(/can't be reached: .+\n +→ Check the URL, the network/);
  });

  const good = (): object => ({ exp: NOW / 1000 + 60, aud: `${origin}/intercom` });
  const TOKENS: [string, () => object | null, Says, string][] = [
    ['is not set', () => null, {}, 'T is not set here'],
    ['has expired', () => ({ ...good(), exp: NOW / 1000 - 1 }), {}, 'expired at 2026-11-26T02:29:59.000Z'],
    [
      'is for another URL',
      () => ({ ...good(), aud: 'https://gate.example/other' }),
      {},
      'was made for https://gate.example/other',
    ],
    ['is refused', good, { withToken: [401, {}, { detail: 'The token was revoked.' }] }, 'The token was revoked'],
    ['meets no MCP server', good, { withToken: [200, {}, 'hello'] }, 'not as an MCP server does'],
    ['opens nothing', good, { tools: [] }, 'offers no tools'],
    [
      'is of a user without an account',
      good,
      { result: { isError: true, content: [{ type: 'text', text: 'Open it: https://gate.example/connect/x' }] } },
      'no connected account.\n +→ Open https://gate.example/connect/x as that user',
    ],
    [
      'finds a provider that fails',
      good,
      { result: { isError: true, content: [{ type: 'text', text: 'Too many calls.' }] } },
      'failed.\n +→ Too many calls',
    ],
  ];
  it.each(TOKENS)('says of a token that it %s', async (_, claims, saying, text) => {
    says = saying;
    const token = claims();
    expect(await examine(['--token-env', 'T', '--call'], token === null ? {} : { T: jwt(token) })).toBe(1);
    expect(printed).toMatch(new RegExp(`WRONG .*${text}`));
    expect(printed).toContain('One thing is wrong.');
  });

  const CONFIGS: [string, string, string, (url: string) => string, string][] = [
    ['no entry', 'gemini', '.gemini/settings.json', () => '{}', 'Gemini CLI does not know http'],
    ['a broken file', 'cursor', '.cursor/mcp.json', () => '{"mcpServers"', "can't be understood"],
    [
      'a slash at the end',
      'cursor',
      '.cursor/mcp.json',
      (url) => `{"mcpServers":{"x":{"url":"${url}/"}}}`,
      '/intercom/, not http',
    ],
    [
      'the name with another URL',
      'codex',
      '.codex/config.toml',
      () => '[mcp_servers.intercom]\nurl = "https://a.example"',
      'is https://a.example, not',
    ],
    ['no type', 'claude', '.claude.json', (url) => `{"mcpServers":{"x":{"url":"${url}"}}}`, 'needs "type": "http"'],
    [
      'no type',
      'vscode',
      '.config/Code/User/mcp.json',
      (url) => `{"servers":{"x":{"url":"${url}"}}}`,
      'needs "type": "http"',
    ],
    [
      'a variable that Cursor does not know as one',
      'cursor',
      '.cursor/mcp.json',
      (url) => `{"mcpServers":{"x":{"url":"${url}","headers":{"Authorization":"Bearer $T"}}}}`,
      'knows a variable as',
    ],
    [
      'a key that Codex ignores',
      'codex',
      '.codex/config.toml',
      (url) => `[mcp_servers.x]\nurl = "${url}"\nauth_env = "T"`,
      'does not know "auth_env"',
    ],
    [
      'a variable that is not set',
      'codex',
      '.codex/config.toml',
      (url) => `[mcp_servers.x]\nurl = "${url}"\nbearer_token_env_var = "T"`,
      'needs T, which is not set',
    ],
    [
      'a variable that is not set',
      'gemini',
      '.gemini/settings.json',
      (url) => `{"mcpServers":{"x":{"url":"${url}","headers":{"Authorization":"Bearer \${T}"}}}}`,
      'needs T, which is not set',
    ],
  ];
  it.each(CONFIGS)('finds %s in the configuration of %s', async (_, client, path, text, reason) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text(`${origin}/intercom`));
    expect(await examine(['--client', client])).toBe(1);
    expect(printed).toMatch(/^WRONG .+\n +→ ./m);
    expect(printed).toContain(reason);
  });

  const MENDED: [string, string, string, (url: string) => string][] = [
    ...CONFIGS.filter(([what]) => !/broken|not set/.test(what)).map(
      ([what, client, path, text]): [string, string, string, (url: string) => string] => [what, client, path, text],
    ),
    ['a slash', 'cursor', 'project/.cursor/mcp.json', (url) => `{"mcpServers":{"x":{"url":"${url}/"}}}`],
    ['no type', 'claude', 'project/.mcp.json', (url) => `{"mcpServers":{"x":{"url":"${url}"}}}`],
  ];
  it.each(MENDED)(
    'finds nothing wrong any more when its advice about %s of %s was followed',
    async (_, client, path, text) => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      const before = text(`${origin}/intercom`);
      writeFileSync(join(root, path), before);
      expect(await examine(['--client', client], { T: 'x' })).toBe(1);
      const advice = /npx @gatehouse\/cli (connect .*)/.exec(printed)?.[1]?.split(' ') ?? [];
      expect(await runProgram(advice, machine())).toBe(0);
      printed = '';
      expect([await examine(['--client', client], { T: 'x' }), printed]).toEqual([
        0,
        expect.stringContaining('Nothing'),
      ]);
      // An entry with a token keeps it
      expect(/\bT\b/.test(readFileSync(join(root, path), 'utf8'))).toBe(/\bT\b/.test(before));
    },
  );

  it('advises to connect with the token that it was told of', async () => {
    await examine(['--client', 'cursor', '--token-env', 'T'], { T: jwt(good()) });
    expect(printed).toContain(
      `Run: npx @gatehouse/cli connect --client cursor --url ${origin}/intercom --token-env T\n`,
    );
  });

  it('advises to keep a token out of a file', async () => {
    mkdirSync(join(root, '.gemini'));
    const entry = { type: 'http', url: `${origin}/intercom`, headers: { Authorization: `Bearer ${'x'.repeat(40)}` } };
    writeFileSync(join(root, '.gemini', 'settings.json'), JSON.stringify({ mcpServers: { x: entry } }));
    expect(await examine(['--client', 'gemini'])).toBe(0);
    expect(printed).toMatch(/^HINT .*has a token in it/m);
  });
});
