import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { freePort } from '../../../demo/src/free-port.js';
import { ClientStage, MINE, packages, TOOL, type User } from './client-stage.js';
import type { Ran, RunOptions } from './run-client.js';

const INSPECTOR = '@modelcontextprotocol/inspector/clients/launcher/build/index.js';
const CLAUDE = '@anthropic-ai/claude-code/cli-wrapper.cjs';
const CODEX = '@openai/codex/bin/codex.js';
const GEMINI = '@google/gemini-cli/bundle/gemini.js';
const SCRIPTED_GEMINI = ['--model', 'scripted', '--approval-mode', 'yolo'];
const REPLY = 'intercom_conversation_reply';

interface Found {
  readonly data: { readonly conversations: readonly { readonly id: string }[] };
}

/** The clients as people run them, each told of the server by our own command, each by two users at once. */
describe('real clients', () => {
  let stage: ClientStage;
  beforeAll(async () => {
    stage = await ClientStage.open();
  });
  afterAll(() => stage.close());

  const connect = (user: User, client: string, ...more: string[]): Promise<void> =>
    stage.ourCommand(user, 'connect', '--client', client, '--url', stage.url, ...more);

  it.each(['legacy', 'modern'])('Inspector lists strictly and calls, %s', async (era) => {
    await stage.asTwo(`inspector-${era}`, async (user) => {
      const target = [
        '--cli',
        stage.url,
        '--transport',
        'http',
        '--protocol-era',
        era === 'modern' ? 'auto' : 'legacy',
      ];
      const header = ['--header', `Authorization: Bearer ${user.token}`];
      const inspect = (...args: string[]): Promise<Ran> => stage.node(user, INSPECTOR, [...target, ...header, ...args]);
      const listed = await inspect('--method', 'tools/list', '--strict');
      expect([listed.code, listed.stderr]).toEqual([0, expect.anything()]);
      expect(listed.stdout).toContain(TOOL);
      const mine = Object.entries(MINE).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]);
      const called = await inspect('--method', 'tools/call', '--tool-name', TOOL, ...mine);
      expect([called.code, called.stderr]).toEqual([0, expect.anything()]);
      expect(called.stdout).toContain(user.teammate);
    });
  });

  /** A client that knows only programs: the bridge is one. */
  async function throughBridge(user: User, more: string[], env: Record<string, string>): Promise<void> {
    const client = new Client({ name: 'only-programs', version: '1' });
    const bridge = join(packages, 'mcp-remote/dist/proxy.js');
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [bridge, stage.url, String(await freePort()), '--allow-http', '--transport', 'http-only', ...more],
      env: stage.environment(user, env),
      stderr: 'pipe',
    });
    const hear = stage.signingIn(user);
    transport.stderr?.on('data', (text: Buffer) => hear(text.toString()));
    await client.connect(transport);
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain(TOOL);
      const called = await client.callTool({ name: TOOL, arguments: MINE });
      expect(called.isError ?? false).toBe(false);
      expect(JSON.stringify(called.content)).toContain(user.teammate);
    } finally {
      await client.close();
    }
  }

  it('mcp-remote bridges a client that knows only programs', () =>
    stage.asTwo('mcp-remote', (user) =>
      throughBridge(user, ['--header', 'Authorization:${AUTH}'], { AUTH: `Bearer ${user.token}` }),
    ));

  it('mcp-remote registers, has its user sign in, and calls', () =>
    stage.asTwo('mcp-remote-oauth', (user) => throughBridge(user, [], { BROWSER: 'none' })));

  /** Has the agent's model find what is the user's. */
  async function claudeFinds(
    user: User,
    config: string[],
    env: Record<string, string> = {},
    server = 'intercom',
  ): Promise<void> {
    const ran = await stage.node(
      user,
      CLAUDE,
      ['-p', 'find', ...config, '--allowedTools', `mcp__${server}__${TOOL}`, '--output-format', 'json'],
      {
        env: {
          ANTHROPIC_BASE_URL: user.model.url,
          ANTHROPIC_API_KEY: 'scripted',
          ENABLE_TOOL_SEARCH: 'false',
          MCP_CONNECTION_NONBLOCKING: 'false',
          ...env,
        },
      },
    );
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ is_error: false, result: 'It is done.' });
    expect(user.model.results.join()).toContain(user.teammate);
  }

  /** It signs nobody in who has no terminal. */
  async function claudeSignsIn(user: User, server: string): Promise<void> {
    const hear = stage.signingIn(user);
    const login = await stage.node(user, CLAUDE, ['mcp', 'login', server], { terminal: true, hear });
    expect(login.stdout).toContain(`Authenticated with "${server}"`);
  }

  it('Claude Code, told by `connect`, has its model call a tool as the user', () =>
    stage.asTwo('claude-code', async (user) => {
      await connect(user, 'claude', '--token-env', 'GATE_TOKEN');
      await claudeFinds(user, ['--mcp-config', '.mcp.json', '--strict-mcp-config'], { GATE_TOKEN: user.token });
    }));

  it('Claude Code, told by `connect`, has its user sign in, and calls', () =>
    stage.asTwo('claude-code-oauth', async (user) => {
      await connect(user, 'claude', '--scope', 'user');
      await claudeSignsIn(user, 'intercom');
      await claudeFinds(user, []);
    }));

  /** Has Codex take the scripted model, and so what is in its own file come first. */
  function configureCodex(user: User, first: string): void {
    const config = join(user.folder, 'home/.codex/config.toml');
    const provider = `\n[model_providers.scripted]\nname = "scripted"\nbase_url = "${user.model.url}/v1"\nwire_api = "responses"\n`;
    writeFileSync(config, first + readFileSync(config, 'utf8') + provider);
  }

  async function codexFinds(user: User, env: Record<string, string> = {}): Promise<void> {
    const ran = await stage.node(
      user,
      CODEX,
      [
        'exec',
        '--skip-git-repo-check',
        '-c',
        'model_provider="scripted"',
        '-c',
        'model="scripted"',
        '--dangerously-bypass-approvals-and-sandbox',
        'find',
      ],
      { env },
    );
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('It is done.')]);
    expect(user.model.results.join()).toContain(user.teammate);
  }

  it('Codex, told by `connect`, has its model call a tool as the user', () =>
    stage.asTwo('codex', async (user) => {
      await connect(user, 'codex', '--token-env', 'GATE_TOKEN');
      configureCodex(user, '');
      await codexFinds(user, { GATE_TOKEN: user.token });
    }));

  it('Codex, told by `connect`, has its user sign in, and calls', () =>
    stage.asTwo('codex-oauth', async (user) => {
      await connect(user, 'codex');
      configureCodex(user, `mcp_oauth_callback_port = ${await freePort()}\nmcp_oauth_credentials_store = "file"\n`);
      const login = await stage.node(user, CODEX, ['mcp', 'login', 'intercom'], { hear: stage.signingIn(user) });
      expect([login.code, login.stdout + login.stderr]).toEqual([0, expect.anything()]);
      await codexFinds(user);
    }));

  /** Has Gemini CLI take the scripted model, which it does for those who have a key. */
  function configureGemini(user: User): void {
    const settings = join(user.folder, 'home/.gemini/settings.json');
    mkdirSync(dirname(settings));
    writeFileSync(settings, JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }));
  }

  const gemini = (user: User, args: string[], more: Partial<RunOptions> = {}): Promise<Ran> =>
    stage.node(user, GEMINI, args, {
      ...more,
      env: {
        GEMINI_API_KEY: 'scripted',
        GOOGLE_GEMINI_BASE_URL: user.model.url,
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        ...more.env,
      },
    });

  async function geminiFinds(user: User, env: Record<string, string> = {}): Promise<void> {
    const ran = await gemini(user, ['-p', 'find', ...SCRIPTED_GEMINI], { env });
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, expect.stringContaining('It is done.'), expect.anything()]);
    expect(user.model.results.join()).toContain(user.teammate);
  }

  it('Gemini CLI, told by `connect`, has its model call a tool as the user', () =>
    stage.asTwo('gemini', async (user) => {
      configureGemini(user);
      await connect(user, 'gemini', '--token-env', 'GATE_TOKEN');
      const env = { GATE_TOKEN: user.token };
      expect((await gemini(user, ['mcp', 'list'], { env })).stderr).toMatch(/intercom: .* Connected/);
      await geminiFinds(user, env);
    }));

  async function geminiSignsIn(user: User): Promise<void> {
    const signIn = stage.signingIn(user);
    const login = await gemini(user, ['-p', '/mcp auth intercom'], {
      terminal: true,
      hear: (text, type) => {
        if (text.includes('[Y/n]')) type('y\r');
        signIn(text);
      },
    });
    // Its code says that there is nothing to go on with
    expect(login.stdout).toContain('Successfully authenticated');
  }

  it('Gemini CLI, told by `connect`, has its user sign in, and calls', () =>
    stage.asTwo('gemini-oauth', async (user) => {
      configureGemini(user);
      await connect(user, 'gemini');
      await geminiSignsIn(user);
      await geminiFinds(user);
    }));

  /** It can not ask for more once it is told that a call needs it. */
  it('Gemini CLI, whose user has signed in, may change things', async () => {
    const user = await stage.newUser('gemini-writes');
    const found = (await stage.gate.execute(TOOL, user.identifier, MINE)).json() as unknown as Found;
    user.model.turnTo(REPLY, { conversation_id: found.data.conversations[0]?.id, body: 'Soon.' });
    configureGemini(user);
    await connect(user, 'gemini');
    await geminiSignsIn(user);
    await gemini(user, ['-p', 'reply', ...SCRIPTED_GEMINI]);
    expect(user.model.results.join()).not.toContain('error');
    const [newest] = await stage.gate.auditEvents(`&type=tool.executed&identifier=${user.identifier}`);
    expect(newest).toMatchObject({ principal_id: user.teammate, tool_name: REPLY, source: 'mcp', status: 'success' });
  });

  it('Claude Code takes the marketplace: valid, installed, its server found, its user signed in, and calls', () =>
    stage.asTwo('marketplace', async (user) => {
      await stage.ourCommand(user, 'marketplace', '--url', stage.url, '--out', 'market', '--owner', 'Acme');
      const market = join(user.folder, 'project/market');
      const steps = [
        ['plugin', 'validate', market],
        ['plugin', 'validate', join(market, 'plugins/intercom'), '--profile', 'directory'],
        ['plugin', 'marketplace', 'add', market],
        ['plugin', 'install', 'intercom@gatehouse'],
      ];
      for (const step of steps) {
        const { code, stdout, stderr } = await stage.node(user, CLAUDE, step);
        expect([step, code, stdout + stderr]).toEqual([step, 0, expect.anything()]);
      }
      const { stdout } = await stage.node(user, CLAUDE, ['mcp', 'list']);
      expect(stdout).toMatch(new RegExp(`plugin:intercom:intercom: ${stage.url}.*(?<state>Needs authentication)`));
      await claudeSignsIn(user, 'plugin:intercom:intercom');
      await claudeFinds(user, [], {}, 'plugin_intercom_intercom');
    }));
});
