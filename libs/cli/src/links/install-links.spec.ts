import { installations } from './install-links.js';

const SERVER = { name: 'intercom', url: 'https://gate.example/intercom' };

const of = (server: typeof SERVER): Record<string, { link: string | null; command: string | null }> =>
  Object.fromEntries(installations(server).map(({ client, link, command }) => [client, { link, command }]));

describe('links and commands that install a server', () => {
  it('has the lines that each client takes in a terminal', () => {
    const { claude, codex, gemini } = of(SERVER);
    expect([claude?.command, codex?.command, gemini?.command]).toEqual([
      'claude mcp add --transport http intercom https://gate.example/intercom',
      'codex mcp add intercom --url https://gate.example/intercom',
      'gemini mcp add --transport http intercom https://gate.example/intercom',
    ]);
  });

  it('has links whose parts Cursor and VS Code read back to the byte', () => {
    const server = { name: 'a&b', url: 'https://gate.example/a%20b/x/ö?&+"' };
    const { cursor, vscode } = of(server);
    const { searchParams, host, pathname } = new URL(cursor?.link ?? '');
    expect([host, pathname, searchParams.get('name')]).toEqual(['anysphere.cursor-deeplink', '/mcp/install', 'a&b']);
    const config = Buffer.from(searchParams.get('config') ?? '', 'base64').toString();
    expect(JSON.parse(config)).toEqual({ url: server.url });
    const [path, query = ''] = (vscode?.link ?? '').split('?');
    expect(path).toBe('vscode:mcp/install');
    expect(JSON.parse(decodeURIComponent(query))).toEqual({ ...server, type: 'http' });
  });

  it('leaves a shell nothing to run', () => {
    const { claude } = of({ name: 'x', url: "https://gate.example/it's$(id)" });
    expect(claude?.command).toBe(String.raw`claude mcp add --transport http x 'https://gate.example/it'\''s$(id)'`);
  });
});
