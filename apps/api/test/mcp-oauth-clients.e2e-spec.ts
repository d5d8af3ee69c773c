import { newId, type Clock } from '#app/kernel';
import pg from 'pg';
import { Browser, send } from '../../demo/src/http.js';
import { MCP_GUARD, type McpAdmission, type McpGuard } from '../src/mcp/caller.js';
import { Harness } from './harness.js';
import { McpClientApp, passcodeIn, signInAt, toldTo, type Tokens } from './mcp-client-app.js';

let ahead = 0;
const clock: Clock = { now: () => Date.now() + ahead };

describe('the applications that the OAuth server of the MCP door knows', () => {
  let gate: Harness;
  let guard: McpGuard;
  let app: McpClientApp;
  let resource: string;
  beforeAll(async () => {
    gate = await Harness.start({ clock });
    guard = gate.nest.get<McpGuard>(MCP_GUARD, { strict: false });
    resource = `${gate.url}/intercom`;
    app = await McpClientApp.start(gate.url);
  });
  afterAll(async () => {
    await app.stop();
    await gate.stop();
  });

  const codeInLog = (): string => passcodeIn(gate.log);

  const ask = (token: string): Promise<McpAdmission> =>
    guard.resolve({ requestId: newId('request'), path: '/intercom', authorization: `Bearer ${token}` });

  describe('registers', () => {
    it.each<[string, object]>([
      [
        'VS Code',
        {
          client_name: 'Visual Studio Code',
          client_uri: 'https://code.visualstudio.com',
          grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
          response_types: ['code'],
          redirect_uris: [
            'https://insiders.vscode.dev/redirect',
            'https://vscode.dev/redirect',
            'http://127.0.0.1/',
            'http://127.0.0.1:33418/',
          ],
          scope: 'mcp:read',
          token_endpoint_auth_method: 'none',
          application_type: 'native',
        },
      ],
      [
        'Cursor',
        {
          client_name: 'Cursor',
          redirect_uris: [
            'cursor://anysphere.cursor-mcp/oauth/callback',
            'https://www.cursor.com/agents/mcp/oauth/callback',
            'http://localhost:8787/callback',
          ],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        },
      ],
      [
        'Claude',
        {
          client_name: 'Claude',
          redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
          token_endpoint_auth_method: 'client_secret_post',
          scope: 'claudeai',
        },
      ],
      ['a web application', { application_type: 'web', redirect_uris: ['https://agents.example/callback'] }],
    ])(
      '%s as it asks to be, without a secret, and sends its user back to each of its addresses',
      async (_name, body) => {
        const answer = await app.register(body);
        expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
        const registered = answer.json();
        expect(registered).toMatchObject({ token_endpoint_auth_method: 'none' });
        expect(registered).not.toHaveProperty('client_secret');
        expect(registered['redirect_uris']).toEqual((body as { redirect_uris: string[] }).redirect_uris);
        for (const redirect of (body as { redirect_uris: string[] }).redirect_uris) await expectTokenAt(redirect);
      },
    );

    it.each([
      'https://vscode.dev/redirect',
      'http://127.0.0.1:33418/',
      // what VS Code takes where that port is not free
      'http://127.0.0.1:50123/',
    ])('VS Code by its document, sent back to %s', async (redirect) => {
      const other = app.clientId;
      app.clientId = 'https://vscode.dev/oauth/client-metadata.json';
      await expectTokenAt(redirect);
      app.clientId = other;
    });

    /** The user allows the client, is sent to exactly this redirect, and its code is worth a token in the name of the user. */
    async function expectTokenAt(redirect: string): Promise<void> {
      const url = app.authorizeUrl(resource, { redirect_uri: redirect });
      const sent = await app.allow(new Browser(gate.url), url, 'alice', codeInLog);
      expect(sent.url.split('?')[0]).toBe(redirect);
      const { code = '', state, iss } = toldTo(sent);
      expect([state, iss]).toEqual(['state-of-the-client', gate.url]);
      const { access_token: token } = (
        await app.exchange(code, { redirect_uri: redirect })
      ).json() as unknown as Tokens;
      expect((await ask(token)).caller).toMatchObject({ identifier: 'alice', agent: app.clientId });
    }

    it.each<[string, unknown]>([
      ['a script', { redirect_uris: ['javascript:alert(1)'] }],
      ['plain http elsewhere', { redirect_uris: ['http://agents.example/callback'] }],
      ['a fragment', { redirect_uris: ['https://agents.example/callback#x'] }],
      ['no redirect', { redirect_uris: [] }],
      ['no JSON', 'nonsense'],
      ['a list', []],
      ['a name that can not be kept', { client_name: 'a\0', redirect_uris: ['https://agents.example/'] }],
      ['half a character', { client_name: 'a\ud800', redirect_uris: ['https://agents.example/'] }],
    ])('nobody with %s: 400', async (_what, body) => {
      const raw = typeof body === 'string' ? body : JSON.stringify(body);
      const call = { method: 'POST', raw, headers: { 'content-type': 'application/json' } } as const;
      ahead += 60_000;
      expect((await send(`${gate.url}/oauth2/register`, call)).status).toBe(400);
    });

    it('not more than 2,000 in an hour, from however many addresses, on any node', async () => {
      const other = await gate.addNode();
      const fill = `INSERT INTO oauth_server_records (tenant_id, kind, id_hash, payload, created_at, expires_at)
        SELECT tenant_id, 'Client', sha256(('flood ' || n)::bytea), '{}', now() - $1::interval, now() + interval '1 day'
        FROM generate_series(1, $2::int) n, (SELECT DISTINCT tenant_id FROM oauth_server_records WHERE kind = 'Client') t`;
      const owner = new pg.Client({ connectionString: gate.databaseUrl });
      await owner.connect();
      const statusesAt = async (): Promise<number[]> => {
        ahead += 60_000;
        const json = { client_name: 'One more', redirect_uris: ['https://agents.example/callback'] };
        const register = (url: string) => send(`${url}/oauth2/register`, { method: 'POST', json });
        return [(await register(gate.url)).status, (await register(other)).status];
      };
      const forget = () => owner.query(`DELETE FROM oauth_server_records WHERE payload = '{}'`);
      try {
        await owner.query(fill, ['2 hours', 2_000]);
        expect(await statusesAt()).toEqual([201, 201]);
        await forget();
        await owner.query(fill, ['1 second', 2_000]);
        expect(await statusesAt()).toEqual([429, 429]);
      } finally {
        await forget();
        await owner.end();
        await gate.stopNode(other);
      }
      ahead = 0;
    });

    it('not more than that, and nothing huge', async () => {
      ahead += 60_000;
      const huge = await app.register({ client_name: 'x'.repeat(40_000) });
      expect(huge.status).toBe(413);
      const statuses: number[] = [];
      for (let index = 0; index < 12; index += 1) statuses.push((await app.register()).status);
      expect(statuses.slice(0, 10).every((status) => status === 201)).toBe(true);
      expect(statuses.slice(10)).toEqual([429, 429]);
      ahead = 0;
    });
  });

  it('knows a client by the URL of its document, and shows the host that vouches for it', async () => {
    const url = app.authorizeUrl(resource, { client_id: 'https://claude.ai/oauth/claude-code-client-metadata' });
    const visitor = new Browser(gate.url);
    const signIn = await visitor.open(url);
    expect(signIn.page.text).toContain('<b><bdi>Claude Code</bdi></b> wants to use');
    const { page } = await signInAt(visitor, signIn, 'alice', codeInLog);
    expect(page.text).toContain('vouched for by <code>claude.ai</code>');
  });

  it.each<[string, string, string]>([
    [
      'as the part of it that has room, and cuts no character in half',
      `${'x'.repeat(59)}😀 and more`,
      `${'x'.repeat(59)}😀`,
    ],
    ['without what nobody sees', ' Cla\u{200b}u\u{3164}de\u{202e}\u{2069}\u{fe0f}\n', 'Claude'],
    ['not at all where there is nothing to see', '\u{200b}\u{3164} \u{2800}', 'An application'],
    ['as text', '<b>Claude</b>', '&lt;b&gt;Claude&lt;/b&gt;'],
  ])('shows the name that a client gives itself %s', async (_how, name, shown) => {
    const other = app.clientId;
    try {
      ahead += 600_000; // a minute in which nobody has registered yet
      expect((await app.register({ client_name: name })).status).toBe(201);
      const visitor = new Browser(gate.url);
      const signIn = await visitor.open(app.authorizeUrl(resource));
      expect(signIn.page.text).toContain(`<b><bdi>${shown}</bdi></b> wants to use`);
      const asked = await signInAt(visitor, signIn, 'alice', codeInLog);
      expect(asked.page.text).toContain(`<h1>Allow ${shown}?</h1>`);
      expect(toldTo(await visitor.press(asked, { decision: 'allow' })).code).toBeDefined();
    } finally {
      app.clientId = other;
      ahead = 0;
    }
  });

  it.each([
    'https://127.0.0.1/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://claude.ai.evil.invalid/oauth/claude-code-client-metadata',
    'http://agents.example/client.json',
    'agt_unknown',
  ])('shows a page of its own for a client that it can not know: %s', async (client) => {
    const { page, url } = await new Browser().open(app.authorizeUrl(resource, { client_id: client }));
    expect([page.status, url.startsWith(gate.url)]).toEqual([400, true]);
    expect(page.text).toContain('does not know the application');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  });
});
