import { runProgram } from '#app/cli';
import { newId, type Clock } from '#app/kernel';
import { SignJWT, decodeJwt, generateKeyPair } from 'jose';
import { send, type Answer } from '../../demo/src/http.js';
import { MCP_GUARD, type McpAdmission, type McpGuard } from '../src/mcp/caller.js';
import { Harness } from './harness.js';

interface Made {
  readonly token: { readonly id: string; readonly url: string };
  readonly access_token: string;
}

let time = Date.now();
const clock: Clock = { now: () => time };

describe('tokens of agents, and the guard that they open', () => {
  let gate: Harness;
  let guard: McpGuard;
  let connection: string;
  beforeAll(async () => {
    gate = await Harness.start({ clock });
    guard = gate.nest.get<McpGuard>(MCP_GUARD, { strict: false });
    const list = (await gate.get('/api/v1/connections')).json()['connections'] as { id: string }[];
    connection = list[0]?.id ?? '';
  });
  afterAll(() => gate.stop());

  const make = (body: object, id = connection): Promise<Answer> => gate.post(`/api/v1/mcp/configs/${id}/tokens`, body);

  async function made(body: object = {}): Promise<Made> {
    const answer = await make({ identifier: 'alice', ...body });
    expect(answer.status).toBe(201);
    return answer.json() as unknown as Made;
  }

  const ask = (token: string | undefined, path = '/intercom'): Promise<McpAdmission> =>
    guard.resolve({
      requestId: newId('request'),
      path,
      authorization: token === undefined ? undefined : `Bearer ${token}`,
    });

  const statusOf = async (token: string | undefined, path?: string): Promise<number | 'in'> =>
    (await ask(token, path)).challenge?.status ?? 'in';

  describe('made', () => {
    it('for one user and one URL: the caller has its user, scopes and the rights of the client that made it', async () => {
      const { access_token, token } = await made({ scopes: ['mcp:read'] });
      expect(token).toMatchObject({ url: `${gate.url}/intercom`, identifier: 'alice', status: 'active' });
      const { caller } = await ask(access_token);
      expect(caller).toMatchObject({ identifier: 'alice', tokenId: token.id, agent: null });
      expect(caller?.tenantId).toBe(gate.firstTenant.tenantId);
      expect(caller?.client.clientId).toBe(gate.firstTenant.clientId);
      expect([...(caller?.scopes ?? [])]).toEqual(['mcp:read']);
    });

    it('in the trail, and never in the log', async () => {
      const { access_token, token } = await made({ identifier: 'trail' });
      const events = await gate.auditEvents('&type=agent_token.created');
      const event = events.find(({ identifier }) => identifier === 'trail');
      expect(event).toMatchObject({ client_id: gate.firstTenant.clientId, detail: { id: token.id } });
      const signature = access_token.split('.')[2] ?? '?';
      expect(gate.log.join('')).not.toContain(signature);
      expect(JSON.stringify(events)).not.toContain(signature);
      expect((await gate.get('/api/v1/mcp/tokens?identifier=trail')).text).not.toContain(signature);
    });

    it.each<[string, object, string?]>([
      ['too short', { identifier: 'a', expires_in: 59 }],
      ['too long', { identifier: 'a', expires_in: 86_401 }],
      ['no user', {}],
      ['unknown scope', { identifier: 'a', scopes: ['mcp:all'] }],
      ['no scope', { identifier: 'a', scopes: [] }],
      ['a foreign path', { identifier: 'a', path: '/../other' }],
    ])('not with %s: 400', async (_what, body) => expect((await make(body)).status).toBe(400));

    it('not for what is not there, and by a client that may not execute tools', async () => {
      expect((await make({ identifier: 'a' }, 'conn_01JZZZZZZZZZZZZZZZZZZZZZZZ')).status).toBe(404);
      const weak = await gate.clientWith({ permissions: ['tools:read'] });
      const path = `/api/v1/mcp/configs/${connection}/tokens`;
      expect((await gate.request('POST', path, { identifier: 'a' }, weak)).status).toBe(403);
    });
  });

  describe('refused', () => {
    it('is no token, a garbled one, a tampered one, one of another kind or of another signer: 401 with the way to one', async () => {
      const { access_token } = await made();
      const [header = '', payload = '', signature = ''] = access_token.split('.');
      const claims = { ...decodeJwt(access_token), sub: 'bob' };
      const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const { privateKey } = await generateKeyPair('RS256');
      const kid = (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
      const foreign = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
        .sign(privateKey);
      const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`;
      const bad = [undefined, 'x', 'a.b.c', `${header}.${forged}.${signature}`, gate.token, foreign, none];
      for (const token of [...bad, `${access_token}${'x'.repeat(9_000)}`]) {
        const { challenge } = await ask(token);
        expect(challenge?.status).toBe(401);
        expect(challenge?.headers['www-authenticate']).toContain(
          `scope="mcp:read", resource_metadata="${gate.url}/.well-known/oauth-protected-resource/intercom"`,
        );
        expect(challenge?.headers['www-authenticate']?.includes('invalid_token')).toBe(token !== undefined);
      }
      expect(await statusOf(access_token)).toBe('in');
    });

    it('is a token for another URL; one for a URL opens what tightens it, and not the other way round', async () => {
      const whole = await made();
      const tight = await made({ path: '/readonly' });
      expect(await statusOf(whole.access_token, '/intercom/readonly')).toBe('in');
      expect(await statusOf(whole.access_token, '/intercom/x/support')).toBe('in');
      expect(await statusOf(tight.access_token, '/intercom/readonly')).toBe('in');
      expect(await statusOf(tight.access_token)).toBe(401);
      // The same connection under its id is another URL, and a token is for one
      expect(await statusOf(whole.access_token, `/${connection}`)).toBe(401);
      const other = await gate.post('/api/v1/connections', {
        name: 'second',
        connector: 'intercom',
        oauth_client_id: 'x',
        oauth_client_secret: 'y'.repeat(20),
      });
      expect([200, 201]).toContain(other.status);
      expect(await statusOf(whole.access_token, '/second')).toBe(401);
    });

    it('is a token for the API, and the API takes none of these', async () => {
      const { access_token } = await made();
      expect(await statusOf(gate.token)).toBe(401);
      expect((await gate.get('/api/v1/connections', access_token)).status).toBe(401);
    });

    it('is a token that ran out', async () => {
      const { access_token } = await made({ expires_in: 60 });
      time += 59_000;
      expect(await statusOf(access_token)).toBe('in');
      time += 2_000;
      expect(await statusOf(access_token)).toBe(401);
    });

    it('is a token that was revoked, at once', async () => {
      const { access_token, token } = await made();
      expect(await statusOf(access_token)).toBe('in');
      expect((await gate.remove(`/api/v1/mcp/tokens/${token.id}`)).status).toBe(200);
      expect(await statusOf(access_token)).toBe(401);
      expect((await gate.remove('/api/v1/mcp/tokens/agt_01JZZZZZZZZZZZZZZZZZZZZZZZ')).status).toBe(404);
      expect(await gate.auditEvents('&type=agent_token.revoked')).toHaveLength(1);
    });

    it('ends with the API client that made it, and with the secret of that client', async () => {
      const client = (
        await gate.post('/api/v1/clients', { name: 'maker', permissions: ['tools:execute', 'tools:read'] })
      ).json();
      const id = (client['client'] as { id: string }).id;
      const token = await gate.tokenFor(id, String(client['client_secret']));
      const path = `/api/v1/mcp/configs/${connection}/tokens`;
      const mint = async (by: string): Promise<string> =>
        ((await gate.request('POST', path, { identifier: 'alice' }, by)).json() as unknown as Made).access_token;
      const first = await mint(token);
      expect(await statusOf(first)).toBe('in');
      const rotated = (await gate.post(`/api/v1/clients/${id}:rotate`, {})).json();
      expect(await statusOf(first)).toBe(401);
      const second = await mint(await gate.tokenFor(id, String(rotated['client_secret'])));
      expect(await statusOf(second)).toBe('in');
      await gate.patch(`/api/v1/clients/${id}`, { status: 'disabled' });
      expect(await statusOf(second)).toBe(401);
    });
  });

  it('are refused for a reason that the log has with the id of the request, and the bearer is not told', async () => {
    const path = `/api/v1/mcp/configs/${connection}/tokens`;
    const maker = await gate.clientWith({ permissions: ['tools:execute', 'tools:read'] });
    const [old, revoked, tight] = [
      await made({ expires_in: 60 }),
      await made({ expires_in: 600 }),
      await made({ expires_in: 600, path: '/readonly' }),
    ];
    const ended = (await gate.request('POST', path, { identifier: 'alice' }, maker)).json() as unknown as Made;
    expect((await gate.remove(`/api/v1/mcp/tokens/${revoked.token.id}`)).status).toBe(200);
    const makerId = String(decodeJwt(maker)['client_id']);
    expect((await gate.patch(`/api/v1/clients/${makerId}`, { status: 'disabled' })).status).toBe(200);
    time += 61_000;
    const url = `${gate.url}/intercom`;
    const cases: [string, object][] = [
      [gate.token, { reason: 'not_ours', token_id: null }],
      // Never seen by this node before it ran out
      [old.access_token, { reason: 'expired', token_id: old.token.id }],
      [revoked.access_token, { reason: 'revoked', token_id: revoked.token.id }],
      [ended.access_token, { reason: 'client_ended', token_id: ended.token.id }],
      [tight.access_token, { reason: 'other_url', token_id: tight.token.id, token_url: `${url}/readonly` }],
    ];
    const told = new Set<string>();
    for (const [token, why] of cases) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await send(url, { method: 'POST', raw: '{}', headers });
      const { request_id: requestId, ...body } = answer.json();
      expect([answer.status, requestId]).toEqual([401, answer.headers['x-request-id']]);
      told.add(JSON.stringify(body));
      const lines = gate.log.map((line) => JSON.parse(line) as Record<string, unknown>);
      const line = lines.find((each) => each['request_id'] === requestId && each['reason'] !== undefined);
      expect(line).toMatchObject({ level: 'info', msg: 'The token of an agent was refused', url, ...why });
    }
    expect(told.size).toBe(1);
  });

  it('has nobody to ask for more: a token made without a scope says who can make another', async () => {
    const { caller } = await ask((await made({ scopes: ['mcp:read'] })).access_token);
    if (caller === undefined) throw new Error('not let in');
    expect(await guard.stepUp(caller, 'mcp:read')).toEqual({ granted: true });
    expect(await guard.stepUp(caller, 'mcp:write')).toMatchObject({
      granted: false,
      explain: expect.stringContaining('mcp:write'),
    });
  });

  it.each(['/intercom', '/intercom/readonly', '/intercom/x/support', '/intercom/x/support/readonly'])(
    'describes %s under the URL that clients configure, to the byte',
    async (path) => {
      const answer = await send(`${gate.url}/.well-known/oauth-protected-resource${path}`);
      expect(answer.json()).toMatchObject({
        resource: `${gate.url}${path}`,
        authorization_servers: [gate.url],
        scopes_supported: path.endsWith('readonly') ? ['mcp:read'] : ['mcp:read', 'mcp:write'],
      });
      expect(answer.headers['access-control-allow-origin']).toBe('*');
    },
  );

  it.each(['/nothing', '/api', '/intercom/', '/intercom/other', '/', '/mcp/none'])(
    'knows nothing at %s',
    async (path) => {
      expect((await send(`${gate.url}/.well-known/oauth-protected-resource${path}`)).status).toBe(404);
      expect(await statusOf('x', path)).toBe(404);
    },
  );

  async function examine(identifier: string): Promise<{ code: number; printed: string }> {
    const { access_token: token } = await made({ identifier });
    let printed = '';
    const print = (text: string): void => void (printed += text);
    const files = { home: '/nowhere', project: '/nowhere', platform: 'linux' as const };
    const code = await runProgram(
      ['doctor', '--url', `${gate.url}/intercom`, '--client', 'cursor', '--token-env', 'TOKEN', '--call'],
      { ...files, env: { TOKEN: token }, now: () => Date.now(), print, tell: print },
    );
    return { code, printed };
  }

  it('are looked at by the command line, which finds what is missing: the entry of a client, the account of a user', async () => {
    const [teammate] = (await gate.teammates()).filter((each) => each.has_inbox_seat);
    await gate.connect('examined', teammate?.id ?? '');
    const connected = await examine('examined');
    expect(connected.printed).toMatch(/FINE .* works: an account is connected\.\nOne thing is wrong\./);
    expect(connected.printed.match(/^WRONG .*/gm)).toEqual([`WRONG  Cursor does not know ${gate.url}/intercom.`]);
    const newcomer = await examine('newcomer');
    expect(newcomer.printed).toMatch(
      /WRONG {2}The user has no connected account\.\n +→ Open http:\S+\/connect\/\S+ as that user/,
    );
    expect([connected.code, newcomer.code]).toEqual([1, 1]);
  });
});
