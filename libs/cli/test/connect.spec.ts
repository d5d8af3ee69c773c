import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse as parseToml } from '@decimalturn/toml-patch';
import { parse as parseJson } from 'jsonc-parser';
import { CLIENT_IDS, CLIENTS, runProgram, SCOPES, type ClientId, type Machine, type Scope } from '../src/index.js';

const URL_ = 'https://gate.example/intercom';
const BEARER = { Authorization: 'Bearer ' };

/** What each client has to read, as its own manual has it. */
const EXPECTED: Record<ClientId, { key: string; plain: object; token: object }> = {
  claude: {
    key: 'mcpServers',
    plain: { type: 'http', url: URL_ },
    token: { type: 'http', url: URL_, headers: { Authorization: `${BEARER.Authorization}\${GATE_TOKEN}` } },
  },
  cursor: {
    key: 'mcpServers',
    plain: { url: URL_ },
    token: { url: URL_, headers: { Authorization: `${BEARER.Authorization}\${env:GATE_TOKEN}` } },
  },
  codex: { key: 'mcp_servers', plain: { url: URL_ }, token: { url: URL_, bearer_token_env_var: 'GATE_TOKEN' } },
  vscode: {
    key: 'servers',
    plain: { type: 'http', url: URL_ },
    token: { type: 'http', url: URL_, headers: { Authorization: `${BEARER.Authorization}\${input:GATE_TOKEN}` } },
  },
  gemini: {
    key: 'mcpServers',
    plain: { type: 'http', url: URL_ },
    token: { type: 'http', url: URL_, headers: { Authorization: `${BEARER.Authorization}\${GATE_TOKEN}` } },
  },
};

const FILES: [ClientId, Scope, string][] = [
  ['claude', 'project', 'project/.mcp.json'],
  ['claude', 'user', 'home/.claude.json'],
  ['cursor', 'project', 'project/.cursor/mcp.json'],
  ['cursor', 'user', 'home/.cursor/mcp.json'],
  ['codex', 'project', 'project/.codex/config.toml'],
  ['codex', 'user', 'home/.codex/config.toml'],
  ['vscode', 'project', 'project/.vscode/mcp.json'],
  ['vscode', 'user', 'home/.config/Code/User/mcp.json'],
  ['gemini', 'project', 'project/.gemini/settings.json'],
  ['gemini', 'user', 'home/.gemini/settings.json'],
];

const parse = (client: ClientId, text: string): Record<string, Record<string, unknown>> =>
  (CLIENTS[client].format === 'json' ? parseJson(text) : parseToml(text)) as Record<string, Record<string, unknown>>;

describe('gatehouse connect', () => {
  let root: string;
  let printed: string;
  let told: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
    printed = '';
    told = '';
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const machine = (more: Partial<Machine> = {}): Machine => ({
    home: join(root, 'home'),
    project: join(root, 'project'),
    platform: 'linux',
    env: {},
    now: () => Date.parse('2026-11-26T02:30:00Z'),
    print: (text) => (printed += text),
    tell: (text) => (told += text),
    ...more,
  });

  const run = (client: ClientId, ...more: string[]): Promise<number> =>
    runProgram(['connect', '--client', client, '--url', URL_, ...more], machine());

  const usual = (client: ClientId): string => CLIENTS[client].file(CLIENTS[client].usualScope, machine());

  function put(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  const backups = (path: string): string[] => readdirSync(dirname(path)).filter((name) => name.includes('.backup-'));

  const server = (client: ClientId, name = 'intercom'): unknown =>
    parse(client, readFileSync(usual(client), 'utf8'))[EXPECTED[client].key]?.[name];

  it.each(FILES)('writes a new file for %s (%s) where that client reads it', async (client, scope, file) => {
    expect(await run(client, '--scope', scope)).toBe(0);
    const text = readFileSync(join(root, file), 'utf8');
    expect(parse(client, text)).toEqual({ [EXPECTED[client].key]: { intercom: EXPECTED[client].plain } });
    expect(text.endsWith('}\n') || text.endsWith('"\n')).toBe(true);
    expect(statSync(join(root, file)).mode & 0o777).toBe(scope === 'user' ? 0o600 : 0o644);
  });

  it.each(CLIENT_IDS)('refers to a token in %s instead of writing it down', async (client) => {
    expect(await run(client, '--token-env', 'GATE_TOKEN')).toBe(0);
    expect(server(client)).toEqual(EXPECTED[client].token);
  });

  it('has VS Code ask for the token once, whatever else it asks for', async () => {
    put(usual('vscode'), '{\n\t"inputs": [\n\t\t// mine\n\t\t{ "id": "OTHER", "type": "promptString" }\n\t]\n}\n');
    expect(await run('vscode', '--token-env', 'GATE_TOKEN')).toBe(0);
    expect(await run('vscode', '--token-env', 'GATE_TOKEN', '--name', 'second')).toBe(0);
    const text = readFileSync(usual('vscode'), 'utf8');
    expect((parse('vscode', text)['inputs'] as unknown as { id: string }[]).map(({ id }) => id)).toEqual([
      'OTHER',
      'GATE_TOKEN',
    ]);
    expect(text).toContain('// mine');
    expect(text).toContain('\n\t"servers": {\n\t\t"intercom"');
  });

  it.each(CLIENT_IDS)('prints what %s would be given, and writes nothing', async (client) => {
    expect(await run(client, '--token-env', 'GATE_TOKEN', '--print')).toBe(0);
    expect(parse(client, printed)[EXPECTED[client].key]).toEqual({ intercom: EXPECTED[client].token });
    expect(told).toContain(usual(client));
    expect(readdirSync(root)).toEqual([]);
  });

  const JSON_FILE = (key: string): string =>
    [
      '{',
      '    // comment that stays',
      `    "${key}": {`,
      '        "other": { "url": "https://other.example/mcp", "headers": { "X-Key": "k" } }, // and this one',
      '    },',
      '    "unrelated": [1, 2, 3],',
      '}',
      '',
    ].join('\r\n');

  const TOML_FILE = [
    '# comment that stays',
    'model = "m" # and this one',
    '',
    '[mcp_servers.other]',
    'url = "https://other.example/mcp"',
    'http_headers = { "X-Key" = "k" }',
    '',
    '[unrelated]',
    'when = 2026-11-26T02:30:00Z',
    '',
  ].join('\r\n');

  it.each(CLIENT_IDS)('adds to what %s has already, and changes none of it', async (client) => {
    const { key, plain } = EXPECTED[client];
    const was = client === 'codex' ? TOML_FILE : JSON_FILE(key);
    put(usual(client), was);
    chmodSync(usual(client), 0o640);
    expect(await run(client)).toBe(0);
    const now = readFileSync(usual(client), 'utf8');
    const { [key]: servers, ...rest } = parse(client, now);
    const { [key]: before, ...others } = parse(client, was);
    expect(rest).toEqual(others);
    expect(servers).toEqual({ ...before, intercom: plain });
    expect(isInserted(unspaced(was), unspaced(now))).toBe(true);
    expect(now.replaceAll('\r\n', '')).not.toContain('\n');
    expect(statSync(usual(client)).mode & 0o777).toBe(0o640);
    expect(backups(usual(client))).toHaveLength(1);
    expect(readFileSync(join(dirname(usual(client)), backups(usual(client))[0] ?? ''), 'utf8')).toBe(was);
  });

  it.each(CLIENT_IDS)('changes nothing of %s the second time', async (client) => {
    await run(client, '--token-env', 'GATE_TOKEN');
    const { mtimeMs } = statSync(usual(client));
    expect(await run(client, '--token-env', 'GATE_TOKEN')).toBe(0);
    expect(told).toContain('Nothing was changed');
    expect(statSync(usual(client)).mtimeMs).toBe(mtimeMs);
    expect(backups(usual(client))).toEqual([]);
  });

  it.each(CLIENT_IDS)(
    'takes the token out of the entry of %s again, and leaves what a person added',
    async (client) => {
      const { key, token, plain } = EXPECTED[client];
      const mine = client === 'codex' ? { enabled_tools: ['a'] } : { headers: { 'X-Mine': '1' }, timeout: 5 };
      const merged = {
        ...token,
        ...mine,
        ...(client === 'codex' ? {} : { headers: { authorization: 'x', 'X-Mine': '1' } }),
      };
      put(
        usual(client),
        client === 'codex'
          ? `[mcp_servers.intercom]\nurl = "${URL_}"\nbearer_token_env_var = "GATE_TOKEN"\nenabled_tools = ["a"]\n`
          : JSON.stringify({ [key]: { intercom: merged } }),
      );
      expect(await run(client)).toBe(0);
      expect(server(client)).toEqual({ ...plain, ...mine });
    },
  );

  it.each(CLIENT_IDS)('gives a server of %s another URL only when told to', async (client) => {
    await run(client, '--url', 'https://gate.example/other', '--name', 'intercom');
    const was = readFileSync(usual(client), 'utf8');
    expect(await run(client)).toBe(1);
    expect(told).toContain('There is a server "intercom" already, at https://gate.example/other');
    expect(readFileSync(usual(client), 'utf8')).toBe(was);
    expect(await run(client, '--replace')).toBe(0);
    expect(server(client)).toEqual(EXPECTED[client].plain);
  });

  const BROKEN: [string, string | Uint8Array, string][] = [
    ['text of another kind', 'this is = not { any', "can't be understood"],
    ['half a file', '{"mcpServers": {"a": {', "can't be understood"],
    ['a list', '[]', "can't be understood|does not hold an object"],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'is not UTF-8'],
  ];
  it.each(CLIENT_IDS.flatMap((client) => BROKEN.map((each) => [client, ...each] as const)))(
    'refuses a file of %s that is %s, and leaves it alone',
    async (client, _, text, reason) => {
      put(usual(client), text);
      expect(await run(client)).toBe(1);
      expect(told).toMatch(new RegExp(reason));
      expect(readFileSync(usual(client))).toEqual(Buffer.from(text));
      expect(readdirSync(dirname(usual(client)))).toHaveLength(1);
    },
  );

  it.each([
    ['servers in a list', '{"mcpServers": []}', 'does not hold servers by name'],
    ['the same key twice', '{"mcpServers": {}, "mcpServers": {"a": {}}}', "can't be changed without risk"],
  ])('refuses a file with %s', async (_, text, reason) => {
    put(usual('claude'), text);
    expect(await run('claude')).toBe(1);
    expect(told).toContain(reason);
    expect(readFileSync(usual('claude'), 'utf8')).toBe(text);
  });

  it.each([
    ['in braces', 'mcp_servers = { other = { url = "o" } } # mine\n'],
    ['with dots', 'mcp_servers.other.url = "o" # mine\n[a]\nb = 1\n'],
    ['only within', '# mine\n[mcp_servers.other.env]\nA = "1"\n[[list]]\na = 1\n'],
    ['without an end of line', '# mine\n[mcp_servers.other]\nurl = "o"'],
  ])('finds a place for Codex when the tables are written %s', async (_, text) => {
    put(usual('codex'), text);
    expect(await run('codex')).toBe(0);
    expect(server('codex')).toEqual(EXPECTED.codex.plain);
    expect(server('codex', 'other')).toEqual(parse('codex', text)['mcp_servers']?.['other']);
    expect(readFileSync(usual('codex'), 'utf8')).toContain('# mine');
  });

  it('writes through a link to where a person keeps the file, and not over the link', async () => {
    put(join(root, 'dotfiles', 'mcp.json'), '{}');
    mkdirSync(dirname(usual('cursor')), { recursive: true });
    symlinkSync(join(root, 'dotfiles', 'mcp.json'), usual('cursor'));
    expect(await run('cursor')).toBe(0);
    expect(parse('cursor', readFileSync(join(root, 'dotfiles', 'mcp.json'), 'utf8'))['mcpServers']).toBeDefined();
    expect(readdirSync(dirname(usual('cursor')))).toEqual(['mcp.json']);
  });

  it('keeps every copy when two changes fall into one second', async () => {
    put(usual('cursor'), '{}');
    await run('cursor');
    await run('cursor', '--name', 'second');
    expect(backups(usual('cursor'))).toHaveLength(2);
  });

  it.each([
    ['https://gate.example/intercom/', 'Leave out the slash at the end'],
    ['http://gate.example/intercom', 'Use https'],
    ['https://gate.example', 'names no server'],
    ['https://user:secret@gate.example/intercom', 'must not have a user'],
    ['https://gate.example/intercom?token=x', 'must not have a user'],
    ['gate.example/intercom', 'is not the URL of a server'],
  ])('refuses %s as a URL, and says why', async (url, reason) => {
    expect(await run('claude', '--url', url)).toBe(1);
    expect(told).toContain(reason);
    expect(readdirSync(root)).toEqual([]);
  });

  it.each([
    ['https://gate.example/intercom', 'intercom'],
    ['http://127.0.0.1:3000/intercom/readonly', 'intercom-readonly'],
    ['https://gate.example/mcp/support/x/tickets', 'support-tickets'],
    ['https://gate.example/my%20team', 'my-team'],
  ])('calls %s %s', async (url, name) => {
    expect(await run('claude', '--url', url)).toBe(0);
    expect(server('claude', name)).toMatchObject({ url });
  });

  it('takes the name of a variable, never a token', async () => {
    expect(await run('claude', '--token-env', 'eyJhbGciOi.J9.sig')).toBe(1);
    expect(told).toContain('--token-env takes the name of an environment variable');
  });

  it.each([
    ['no client', ['connect', '--url', URL_], '--client'],
    ['an unknown client', ['connect', '--client', 'emacs', '--url', URL_], 'claude, cursor, codex, vscode, gemini'],
    ['an unknown scope', ['connect', '--client', 'claude', '--url', URL_, '--scope', 'all'], 'user, project'],
  ])('says what is missing with %s', async (_, args, reason) => {
    expect(await runProgram(args, machine())).toBe(1);
    expect(told).toContain(reason);
  });

  it('goes where a person moved their files to', () => {
    const moved = machine({ env: { CODEX_HOME: '/c', CLAUDE_CONFIG_DIR: '/l', XDG_CONFIG_HOME: '/x', APPDATA: '/a' } });
    expect(CLIENTS.codex.file('user', moved)).toBe('/c/config.toml');
    expect(CLIENTS.claude.file('user', moved)).toBe('/l/.claude.json');
    expect(CLIENTS.vscode.file('user', moved)).toBe('/x/Code/User/mcp.json');
    expect(CLIENTS.vscode.file('user', { ...moved, platform: 'win32' })).toBe('/a/Code/User/mcp.json');
    expect(CLIENTS.vscode.file('user', { ...moved, home: '/h', platform: 'darwin' })).toBe(
      '/h/Library/Application Support/Code/User/mcp.json',
    );
  });

  it('knows both scopes of every client', () => {
    expect(FILES.map(([client, scope]) => `${client} ${scope}`).toSorted()).toEqual(
      CLIENT_IDS.flatMap((client) => SCOPES.map((scope) => `${client} ${scope}`)).toSorted(),
    );
  });
});

/** Whether the second text is the first with something put into it, at one place. */
function isInserted(was: string, now: string): boolean {
  let start = 0;
  while (start < was.length && was[start] === now[start]) start++;
  return now.endsWith(was.slice(start));
}

/** The neighbour of a new entry may be set in lines anew. */
const unspaced = (text: string): string => text.replaceAll(/\s/g, '');
