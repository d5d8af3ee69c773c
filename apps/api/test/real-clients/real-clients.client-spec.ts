import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, type Machine } from '#app/cli';
import { projectRoot } from '#app/config';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { freePort } from '../../../demo/src/free-port.js';
import { Browser } from '../../../demo/src/http.js';
import { Harness } from '../harness.js';
import { McpClientApp } from '../mcp-client-app.js';
import { runClient, type Ran } from './run-client.js';
import { ScriptedModel } from './scripted-model.js';

const TOOL = 'intercom_conversations_list';
const packages = join(projectRoot(), 'clients/node_modules');

interface User {
  readonly identifier: string;
  readonly teammate: string;
  readonly token: string;
}

/** The clients as people run them, each told of the server by our own command, each for a user of its own. */
describe('real clients', () => {
  let gate: Harness;
  let connection: string;
  let model: ScriptedModel;
  let folder: string;
  let users = 0;
  beforeAll(async () => {
    gate = await Harness.start();
    connection = ((await gate.get('/api/v1/connections')).json()['connections'] as { id: string }[])[0]?.id ?? '';
  });
  afterAll(() => gate.stop());
  beforeEach(async () => {
    model = await ScriptedModel.start(TOOL);
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-client-'));
    for (const name of ['home', 'project']) mkdirSync(join(folder, name));
  });
  afterEach(async () => {
    await model.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const url = (): string => `${gate.url}/intercom`;

  /** A user, connected as the next teammate, with a token for the server. */
  async function newUser(identifier: string): Promise<User> {
    const teammates = (await gate.teammates()).filter((each) => each.has_inbox_seat);
    const teammate = teammates[users++ % teammates.length]?.id ?? '';
    await gate.connect(identifier, teammate);
    const made = await gate.post(`/api/v1/mcp/configs/${connection}/tokens`, { identifier });
    return { identifier, teammate, token: String(made.json()['access_token']) };
  }

  async function ourCommand(...args: string[]): Promise<void> {
    const told: string[] = [];
    const machine: Machine = {
      home: join(folder, 'home'),
      project: join(folder, 'project'),
      platform: process.platform,
      env: {},
      now: () => Date.now(),
      print: (text) => void told.push(text),
      tell: (text) => void told.push(text),
    };
    if ((await runProgram(args, machine)) !== 0) throw new Error(told.join(''));
  }

  const environment = (more: Record<string, string> = {}): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'home'),
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...more,
  });

  const node = (
    path: string,
    args: readonly string[],
    env: Record<string, string> = {},
    hear: (text: string) => void = () => undefined,
  ): Promise<Ran> =>
    runClient(process.execPath, [join(packages, path), ...args], {
      cwd: join(folder, 'project'),
      env: environment(env),
      hear,
    });

  const claude = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
    node('@anthropic-ai/claude-code/cli-wrapper.cjs', args, env);

  /** What the trail has of calls since the user was made: one, in their name, with their account. */
  async function expectOneCallOf({ identifier, teammate }: User): Promise<void> {
    const calls = (await gate.auditEvents()).filter(({ type }) => type === 'tool.executed').slice(0, 1);
    const call = { identifier, principal_id: teammate, tool_name: TOOL, source: 'mcp', status: 'success' };
    expect(calls).toEqual([expect.objectContaining(call)]);
  }

  it.each(['legacy', 'modern'])('Inspector lists strictly and calls, %s', async (era) => {
    const user = await newUser(`inspector_${era}`);
    const inspector = '@modelcontextprotocol/inspector/clients/launcher/build/index.js';
    const target = ['--cli', url(), '--transport', 'http', '--protocol-era', era === 'modern' ? 'auto' : 'legacy'];
    const header = ['--header', `Authorization: Bearer ${user.token}`];
    const inspect = (...args: string[]): Promise<Ran> => node(inspector, [...target, ...header, ...args]);
    const listed = await inspect('--method', 'tools/list', '--strict');
    expect([listed.code, listed.stderr]).toEqual([0, expect.anything()]);
    expect(listed.stdout).toContain(TOOL);
    const called = await inspect('--method', 'tools/call', '--tool-name', TOOL);
    expect([called.code, called.stderr]).toEqual([0, expect.anything()]);
    await expectOneCallOf(user);
  });

  it('mcp-remote bridges a client that knows only programs', async () => {
    const user = await newUser('mcp_remote');
    const client = new Client({ name: 'only-programs', version: '1' });
    const args = [join(packages, 'mcp-remote/dist/proxy.js'), url(), '--allow-http', '--transport', 'http-only'];
    const header = ['--header', 'Authorization:${AUTH}'];
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [...args, ...header],
        env: environment({ AUTH: `Bearer ${user.token}` }),
        stderr: 'ignore',
      }),
    );
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain(TOOL);
      expect((await client.callTool({ name: TOOL, arguments: {} })).isError ?? false).toBe(false);
    } finally {
      await client.close();
    }
    await expectOneCallOf(user);
  });

  it('Claude Code, told by `connect`, has its model call a tool as the user', async () => {
    const user = await newUser('claude_code');
    await ourCommand('connect', '--client', 'claude', '--url', url(), '--token-env', 'GATE_TOKEN');
    const ran = await claude(
      [
        '-p',
        'find',
        '--mcp-config',
        '.mcp.json',
        '--strict-mcp-config',
        '--allowedTools',
        `mcp__intercom__${TOOL}`,
        '--output-format',
        'json',
      ],
      {
        GATE_TOKEN: user.token,
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: 'scripted',
        ENABLE_TOOL_SEARCH: 'false',
        MCP_CONNECTION_NONBLOCKING: 'false',
      },
    );
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ is_error: false, result: 'It is done.' });
    expect(model.results.join()).toContain('conversation');
    await expectOneCallOf(user);
  });

  it('Codex, told by `connect`, has its model call a tool as the user', async () => {
    const user = await newUser('codex');
    await ourCommand('connect', '--client', 'codex', '--url', url(), '--token-env', 'GATE_TOKEN');
    const provider = `\n[model_providers.scripted]\nname = "scripted"\nbase_url = "${model.url}/v1"\nwire_api = "responses"\n`;
    appendFileSync(join(folder, 'home/.codex/config.toml'), provider);
    const ran = await node(
      '@openai/codex/bin/codex.js',
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
      { GATE_TOKEN: user.token },
    );
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('It is done.')]);
    expect(model.results.join()).toContain('conversation');
    await expectOneCallOf(user);
  });

  /** Does in a browser what the client asks its user to: signs in with a code from the log, and allows it. */
  async function allowAt(address: string, identifier: string): Promise<void> {
    const app = await McpClientApp.start(gate.url);
    const codeInLog = (): string =>
      /Passcode for the sign-in of [^:]*: (\d{6})/.exec(
        gate.log.findLast((line) => line.includes('Passcode')) ?? '',
      )?.[1] ?? '';
    await app.allow(new Browser(), address, identifier, codeInLog);
    await app.stop();
  }

  it('mcp-remote registers, has its user sign in, and calls', async () => {
    const user = await newUser('mcp_remote_oauth');
    const args = [join(packages, 'mcp-remote/dist/proxy.js'), url(), String(await freePort()), '--allow-http'];
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [...args, '--transport', 'http-only'],
      env: environment({ BROWSER: 'none' }),
      stderr: 'pipe',
    });
    let said = '';
    transport.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
      const address = new RegExp(`${gate.url}/oauth2/authorize\\S+`).exec(said)?.[0];
      if (address === undefined || !said.includes(`${address}\n`)) return;
      said = '';
      void allowAt(address, user.identifier);
    });
    const client = new Client({ name: 'only-programs', version: '1' });
    await client.connect(transport);
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain(TOOL);
      expect((await client.callTool({ name: TOOL, arguments: {} })).isError ?? false).toBe(false);
    } finally {
      await client.close();
    }
    await expectOneCallOf(user);
  });

  it('Codex, told by `connect`, has its user sign in, and calls', async () => {
    const user = await newUser('codex_oauth');
    await ourCommand('connect', '--client', 'codex', '--url', url());
    const port = await freePort();
    const provider = `\n[model_providers.scripted]\nname = "scripted"\nbase_url = "${model.url}/v1"\nwire_api = "responses"\n`;
    const config = join(folder, 'home/.codex/config.toml');
    writeFileSync(
      config,
      `mcp_oauth_callback_port = ${port}\nmcp_oauth_credentials_store = "file"\n${readFileSync(config, 'utf8')}${provider}`,
    );
    const codex = '@openai/codex/bin/codex.js';
    let said = '';
    const login = await node(codex, ['mcp', 'login', 'intercom'], {}, (text) => {
      said += text;
      const address = new RegExp(`${gate.url}/oauth2/authorize\\S+(?=\\s)`).exec(said)?.[0];
      if (address === undefined) return;
      said = '';
      void allowAt(address, user.identifier);
    });
    expect([login.code, login.stdout + login.stderr]).toEqual([0, expect.anything()]);
    const ran = await node(codex, [
      'exec',
      '--skip-git-repo-check',
      '-c',
      'model_provider="scripted"',
      '-c',
      'model="scripted"',
      '--dangerously-bypass-approvals-and-sandbox',
      'find',
    ]);
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('It is done.')]);
    await expectOneCallOf(user);
  });

  it('Claude Code takes the marketplace: valid, installed, and its server found', async () => {
    await ourCommand('marketplace', '--url', url(), '--out', 'market', '--owner', 'Acme');
    const market = join(folder, 'project/market');
    const steps = [
      ['plugin', 'validate', market],
      ['plugin', 'validate', join(market, 'plugins/intercom'), '--profile', 'directory'],
      ['plugin', 'marketplace', 'add', market],
      ['plugin', 'install', 'intercom@gatehouse'],
    ];
    for (const step of steps) {
      const { code, stdout, stderr } = await claude(step);
      expect([step, code, stdout + stderr]).toEqual([step, 0, expect.anything()]);
    }
    const { stdout } = await claude(['mcp', 'list']);
    expect(stdout).toMatch(new RegExp(`plugin:intercom:intercom: ${url()}.*(?<state>Needs authentication)`));
  });
});
