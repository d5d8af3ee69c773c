import { OAuthServerRecords } from '#app/identity';
import { newId, type Clock } from '#app/kernel';
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import pg from 'pg';
import { request } from 'undici';
import { Browser, send, type Answer, type Opened } from '../../demo/src/http.js';
import { MCP_GUARD, type McpAdmission, type McpGuard } from '../src/mcp/caller.js';
import { Harness } from './harness.js';
import { McpClients, resultOf } from './mcp-clients.js';
import { ToyIssuer } from './toy-issuer.js';
import { McpClientApp, passcodeIn, signInAt, toldTo, type Changes, type Tokens } from './mcp-client-app.js';

let ahead = 0;
const clock: Clock = { now: () => Date.now() + ahead };

describe('the OAuth server of the MCP door', () => {
  let gate: Harness;
  let guard: McpGuard;
  let app: McpClientApp;
  let resource: string;
  let browser: Browser;
  let issuer: ToyIssuer;
  beforeAll(async () => {
    issuer = await ToyIssuer.start();
    gate = await Harness.start({ clock, allow: [new URL(issuer.url).host] });
    guard = gate.nest.get<McpGuard>(MCP_GUARD, { strict: false });
    resource = `${gate.url}/intercom`;
    app = await McpClientApp.start(gate.url);
    expect((await app.register()).status).toBe(201);
    browser = new Browser();
  });
  afterAll(async () => {
    await app.stop();
    await gate.stop();
    await issuer.stop();
  });

  const codeInLog = (): string => passcodeIn(gate.log);

  const ask = (token: string, path = '/intercom'): Promise<McpAdmission> =>
    guard.resolve({ requestId: newId('request'), path, authorization: `Bearer ${token}` });

  const statusOf = async (token: string, path?: string): Promise<number | 'in'> =>
    (await ask(token, path)).challenge?.status ?? 'in';

  const authorize = (changes: Changes = {}, user = 'alice', visitor = browser): Promise<Opened> =>
    app.allow(visitor, app.authorizeUrl(resource, changes), user, codeInLog);

  async function codeFor(changes: Changes = {}, user = 'alice', visitor = browser): Promise<string> {
    const { code } = toldTo(await authorize(changes, user, visitor));
    if (code === undefined) throw new Error('The application got no code');
    return code;
  }

  async function tokensFor(changes: Changes = {}, user = 'alice', visitor = browser): Promise<Tokens> {
    const answer = await app.exchange(await codeFor(changes, user, visitor));
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    return answer.json() as unknown as Tokens;
  }

  it('describes itself at both addresses in the same words', async () => {
    const [one, other] = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map((name) => send(`${gate.url}/.well-known/${name}`)),
    );
    expect(one?.json()).toEqual(other?.json());
    expect(one?.headers['access-control-allow-origin']).toBe('*');
    expect(one?.json()).toMatchObject({
      issuer: gate.url,
      authorization_endpoint: `${gate.url}/oauth2/authorize`,
      token_endpoint: `${gate.url}/oauth2/token`,
      registration_endpoint: `${gate.url}/oauth2/register`,
      revocation_endpoint: `${gate.url}/oauth2/revoke`,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
      grant_types_supported: ['authorization_code', 'refresh_token'],
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'offline_access', 'mcp:read', 'mcp:write'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    });
  });

  it('is found without the path of a URL too, where it is the server of one connection only', async () => {
    const found = (): Promise<Answer> => send(`${gate.url}/.well-known/oauth-protected-resource`);
    const only = await found();
    expect(only.json()).toMatchObject({ resource, authorization_servers: [gate.url] });
    expect(only.headers['access-control-allow-origin']).toBe('*');
    const second = await gate.post('/api/v1/connections', {
      name: 'second',
      connector: 'intercom',
      oauth_client_id: 'x',
      oauth_client_secret: 'y'.repeat(20),
    });
    expect((await found()).status).toBe(404);
    const { id } = second.json()['connection'] as { id: string };
    expect((await gate.remove(`/api/v1/connections/${id}`)).status).toBe(204);
    expect((await found()).json()).toEqual(only.json());
  });

  it.each([
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/intercom',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/oauth2/register',
    '/oauth2/token',
  ])('lets a client in a browser find its way and register: %s', async (path) => {
    const asked = 'mcp-protocol-version';
    const headers = { origin: 'https://inspector.example', 'access-control-request-headers': asked };
    const method = /register|token/.test(path) ? 'POST' : 'GET';
    const answer = await request(gate.url + path, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': method },
    });
    await answer.body.dump();
    expect(answer.statusCode).toBe(204);
    expect(['*', headers.origin]).toContain(answer.headers['access-control-allow-origin']);
    expect(answer.headers['access-control-allow-methods']).toBe(method);
    expect(String(answer.headers['access-control-allow-headers']).toLowerCase()).toContain(asked);
  });

  it.each([
    ['GET', 'token'],
    ['GET', 'revoke'],
    ['POST', 'jwks'],
    ['POST', 'authorize'],
  ] as const)('says that there is no %s of /oauth2/%s as of any other path', async (method, name) => {
    const answer = await send(`${gate.url}/oauth2/${name}`, { method });
    expect([answer.status, answer.headers['content-type']]).toEqual([404, expect.stringContaining('problem+json')]);
    expect(answer.json()).toMatchObject({ code: 'not_found', request_id: answer.headers['x-request-id'] });
  });

  it('names no address where nobody answers, and nothing that the door would not hold to', async () => {
    const said = (await send(`${gate.url}/.well-known/oauth-authorization-server`)).json();
    const addresses = Object.entries(said).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(addresses.length).toBeGreaterThanOrEqual(5);
    for (const [name, url] of addresses) {
      const answers = await Promise.all((['GET', 'POST'] as const).map((method) => send(String(url), { method })));
      expect([name, answers.map(({ status }) => status)]).not.toEqual([name, [404, 404]]);
    }
    expect(said).not.toHaveProperty('pushed_authorization_request_endpoint');
    expect(said).not.toHaveProperty('dpop_signing_alg_values_supported');
  });

  describe('lets a user allow an application', () => {
    it('to use one URL in their name, for ten minutes at a time', async () => {
      const opened = await authorize();
      expect(toldTo(opened)).toMatchObject({ state: 'state-of-the-client', iss: gate.url });
      const answer = await app.exchange(toldTo(opened)['code'] ?? '');
      expect(answer.headers['cache-control']).toBe('no-store');
      const { access_token: token, ...rest } = answer.json() as unknown as Tokens;
      expect(rest).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: expect.stringContaining('mcp:read') });
      expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
      expect(decodeJwt(token)).toMatchObject({ iss: gate.url, aud: resource, sub: 'alice' });
      const { caller } = await ask(token);
      expect(caller).toMatchObject({ identifier: 'alice', agent: app.clientId, tenantId: gate.firstTenant.tenantId });
      expect([...(caller?.scopes ?? [])]).toEqual(['mcp:read']);
      expect(caller?.client.permissions).toEqual(new Set(['tools:read', 'tools:execute']));
      ahead = 601_000;
      expect(await statusOf(token)).toBe(401);
      ahead = 0;
    });

    it('after saying who asks, who vouches for it, where the answer goes and what it means', async () => {
      const { page } = await browser.open(app.authorizeUrl(resource, { scope: 'mcp:read mcp:write' }));
      expect(page.text).toContain('<b><bdi>Test Agent</bdi></b> wants to use <b><bdi>intercom</bdi></b>');
      expect(page.text).toContain('<b><bdi>alice</bdi></b>');
      expect(page.text).toContain('Nobody vouches for the name');
      expect(page.text).toContain('a program on this computer');
      expect(page.text).toContain('make and change things there in your name');
      expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(page.headers['cache-control']).toBe('no-store');
    });

    it('or not, and then tells it so; nothing is allowed without the page that asked', async () => {
      const asked = await browser.open(app.authorizeUrl(resource));
      const form = { decision: 'allow', proof: 'x'.repeat(43) };
      expect((await browser.open(asked.url, { method: 'POST', form })).page.status).toBe(403);
      expect((await send(asked.url, { method: 'POST', form })).status).toBe(400);
      expect(toldTo(await browser.press(asked, { decision: 'deny' }))).toMatchObject({ error: 'access_denied' });
    });

    it('only as who they are: five wrong codes end the sign-in, and another user has to sign in again', async () => {
      const stranger = new Browser();
      const page = await stranger.open(app.authorizeUrl(resource));
      const sent = await stranger.press(page, { decision: 'send', identifier: 'alice' });
      const right = codeInLog();
      const wrong = right === '000000' ? '000001' : '000000';
      for (let attempt = 0; attempt < 5; attempt += 1) await stranger.press(sent, { decision: 'code', code: wrong });
      const late = await stranger.press(sent, { decision: 'code', identifier: 'alice', code: right });
      expect(late.page.text).toContain('That was not right');
      const switched = new Browser();
      await tokensFor({}, 'alice', switched);
      const asked = await switched.open(app.authorizeUrl(resource));
      const again = await switched.press(asked, { decision: 'switch' });
      expect(again.page.text).toContain('<title>Sign in</title>');
      const asBob = await signInAt(switched, again, 'bob', codeInLog);
      expect(asBob.page.text).toContain('<b><bdi>bob</bdi></b>');
    });

    it('as one of the sandbox’s users without a code, and as nobody else', async () => {
      const visitor = new Browser();
      const page = await visitor.open(app.authorizeUrl(resource));
      const nobody = await visitor.press(page, { decision: 'pick', user: 'the-boss' });
      expect(nobody.page.text).toContain('That was not right');
      const picked = await visitor.press(page, { decision: 'pick', user: 'user_123' });
      expect(picked.page.text).toContain('<b><bdi>user_123</bdi></b>');
    });
  });

  describe('keeps to the rules', () => {
    it.each<[string, Changes, string]>([
      ['no PKCE', { code_challenge: null, code_challenge_method: null }, 'invalid_request'],
      ['plain PKCE', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }, 'invalid_request'],
      ['a foreign resource', { resource: 'https://elsewhere.example/mcp' }, 'invalid_target'],
      ['a resource that is not there', { resource: 'PUBLIC/nothing' }, 'invalid_target'],
      ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ])('refuses %s and tells the application', async (_what, changes, error) => {
      const { resource: named } = changes;
      const fixed = typeof named === 'string' ? { ...changes, resource: named.replace('PUBLIC', gate.url) } : changes;
      const opened = await browser.open(app.authorizeUrl(resource, fixed));
      expect(opened.url.startsWith(app.redirectUri)).toBe(true);
      const told = error === 'unsupported_response_type' ? new URL(opened.url.replace('#', '?')) : new URL(opened.url);
      expect(told.searchParams.get('error')).toBe(error);
    });

    it('sends no browser to where the application has not registered; a port of this computer does not matter', async () => {
      for (const uri of ['http://127.0.0.1:9/other', 'https://evil.example/callback', `${app.redirectUri}/x`]) {
        const opened = await browser.open(app.authorizeUrl(resource, { redirect_uri: uri }));
        expect([opened.page.status, opened.url.startsWith(gate.url)]).toEqual([400, true]);
      }
      const other = await McpClientApp.start(gate.url);
      other.clientId = app.clientId;
      const url = other.authorizeUrl(resource);
      const { code } = toldTo(await other.allow(browser, url, 'alice', codeInLog));
      expect((await other.exchange(code ?? '')).status).toBe(200);
      await other.stop();
    });

    it('takes a code once, with its verifier and its redirect; a replay ends what came of it', async () => {
      expect((await app.exchange(await codeFor(), { code_verifier: 'y'.repeat(43) })).json()['error']).toBe(
        'invalid_grant',
      );
      expect((await app.exchange(await codeFor(), { redirect_uri: 'http://127.0.0.1:1/callback' })).status).toBe(400);
      const code = await codeFor();
      const tokens = (await app.exchange(code)).json() as unknown as Tokens;
      expect(await statusOf(tokens.access_token)).toBe('in');
      expect((await app.exchange(code)).json()['error']).toBe('invalid_grant');
      expect(await statusOf(tokens.access_token)).toBe(401);
      expect((await app.refresh(tokens.refresh_token)).json()['error']).toBe('invalid_grant');
    });

    it('gives a new refresh token each time; an old one ends the family, at the guard too', async () => {
      const first = await tokensFor();
      const refreshed = await app.refresh(first.refresh_token);
      expect(refreshed.headers['cache-control']).toBe('no-store');
      const second = refreshed.json() as unknown as Tokens;
      expect(second.refresh_token).not.toBe(first.refresh_token);
      expect(decodeJwt(second.access_token).aud).toBe(resource);
      expect(await statusOf(second.access_token)).toBe('in');
      expect((await app.refresh(first.refresh_token)).json()['error']).toBe('invalid_grant');
      expect((await app.refresh(second.refresh_token)).json()['error']).toBe('invalid_grant');
      expect(await statusOf(second.access_token)).toBe(401);
      expect((await gate.auditEvents('&type=agent_grant.revoked')).length).toBeGreaterThan(0);
    });

    it('of two refreshes at once lets at most one through', async () => {
      const { refresh_token: token } = await tokensFor();
      const answers = await Promise.all([1, 2, 3, 4].map(() => app.refresh(token)));
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    });

    it('binds no token to a key of the application: the door, which takes whoever bears it, would not ask for the key', async () => {
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      const proof = await new SignJWT({ htm: 'POST', htu: `${gate.url}/oauth2/token`, jti: newId('request') })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
        .setIssuedAt()
        .sign(privateKey);
      const form = {
        grant_type: 'authorization_code',
        client_id: app.clientId,
        code: await codeFor(),
        redirect_uri: app.redirectUri,
        code_verifier: app.verifier,
      };
      const answer = await send(`${gate.url}/oauth2/token`, { method: 'POST', headers: { dpop: proof }, form });
      expect(answer.json()).toMatchObject({ token_type: 'Bearer' });
      const { access_token: token } = answer.json() as unknown as Tokens;
      expect(decodeJwt(token)).not.toHaveProperty('cnf');
      expect(await statusOf(token)).toBe('in');
    });

    it('of two who have found one refresh token unused ends what the faster one got too, for it may be the thief', async () => {
      const { refresh_token: token } = await tokensFor();
      const records = gate.nest.get(OAuthServerRecords, { strict: false });
      const find = records.find.bind(records);
      let seen = 0;
      let bothHave = (): void => undefined;
      const found = new Promise<void>((resolve) => (bothHave = resolve));
      records.find = async (kind, id) => {
        const record = await find(kind, id);
        if (kind !== 'RefreshToken') return record;
        seen += 1;
        if (seen === 2) bothHave();
        await found;
        return record;
      };
      const answers = await Promise.all([app.refresh(token), app.refresh(token)]).finally(() => {
        records.find = find;
      });
      const won = answers.find(({ status }) => status === 200)?.json() as unknown as Tokens;
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
      expect(await statusOf(won.access_token)).toBe(401);
      expect((await app.refresh(won.refresh_token)).status).toBe(400);
    });

    it('binds a token to the URL it was asked for, at the token endpoint too', async () => {
      expect((await app.exchange(await codeFor(), { resource: `${gate.url}/conn_x` })).json()['error']).toBe(
        'invalid_target',
      );
      const tight = await tokensFor({ resource: `${resource}/readonly`, scope: 'mcp:read mcp:write' });
      expect(tight.scope).not.toContain('mcp:write');
      expect(await statusOf(tight.access_token, '/intercom/readonly')).toBe('in');
      expect(await statusOf(tight.access_token)).toBe(401);
    });

    it.each<[string, Changes, string[]]>([
      ['no resource: the only one there is', { resource: null }, ['mcp:read']],
      ['no scope: reading', { scope: null }, ['mcp:read']],
      ['an unknown scope: without it', { scope: 'everything' }, ['mcp:read']],
      ['openid', { scope: 'openid mcp:read' }, ['mcp:read']],
      ['all', { scope: 'mcp:write mcp:read offline_access' }, ['mcp:read', 'mcp:write']],
    ])('understands %s', async (_what, changes, scopes) => {
      const tokens = await tokensFor(changes);
      expect([...((await ask(tokens.access_token)).caller?.scopes ?? [])]).toEqual(scopes);
      expect(tokens.id_token === undefined).toBe(!String(changes['scope']).includes('openid'));
    });
  });

  describe('ends', () => {
    it('what the application gives up, what the tenant ends, and everything with the tenant’s client for agents', async () => {
      const given = await tokensFor();
      const form = { token: given.refresh_token, client_id: app.clientId };
      expect((await send(`${gate.url}/oauth2/revoke`, { method: 'POST', form })).status).toBe(200);
      expect(await statusOf(given.access_token)).toBe(401);

      const ended = await tokensFor({}, 'carol', new Browser());
      const [grant] = (await gate.get('/api/v1/mcp/apps?identifier=carol')).json()['apps'] as { id: string }[];
      expect(grant).toMatchObject({ name: 'Test Agent', agent: app.clientId, url: resource });
      expect((await gate.remove(`/api/v1/mcp/apps/${grant?.id ?? ''}`)).status).toBe(200);
      expect(await statusOf(ended.access_token)).toBe(401);

      const last = await tokensFor();
      const clients = (await gate.get('/api/v1/clients')).json()['clients'] as { id: string; name: string }[];
      const agents = clients.find(({ name }) => name.startsWith('agents'))?.id ?? '';
      await gate.patch(`/api/v1/clients/${agents}`, { status: 'disabled' });
      expect(await statusOf(last.access_token)).toBe(401);
      await gate.patch(`/api/v1/clients/${agents}`, { status: 'active' });
      expect(await statusOf(last.access_token)).toBe('in');
    });
  });

  it('takes no text that can not be kept for a failure of its own', async () => {
    const opened = await new Browser(gate.url).open(app.authorizeUrl(resource, { state: 'a\0' }));
    expect(new URL(opened.url).searchParams.get('error')).toBe('invalid_request');
    const other = await new Browser(gate.url).open(app.authorizeUrl(`${gate.url}/%00`));
    expect(new URL(other.url).searchParams.get('error')).toBe('invalid_target');
    expect((await browser.open(`${gate.url}/oauth2/apps/%00`)).page.status).toBe(404);
    expect((await gate.remove('/api/v1/mcp/apps/%00')).status).toBe(404);
    expect((await gate.remove('/api/v1/mcp/tokens/%00')).status).toBe(404);
  });

  it('shows a user what they allowed, and ends what they no longer want; not for another, and not from elsewhere', async () => {
    const page = `${gate.url}/oauth2/apps`;
    const visitor = new Browser();
    expect((await visitor.open(page)).page.status).toBe(401);
    const [eve, mallory] = [await tokensFor({}, 'eve', visitor), await tokensFor({}, 'mallory', new Browser())];
    const grantOf = ({ access_token: token }: Tokens): string => String(decodeJwt(token)['grant']);
    const shown = await visitor.open(page);
    expect(shown.page.text).toContain('<b><bdi>Test Agent</bdi></b>');
    expect(shown.page.text).not.toContain(grantOf(mallory));
    await visitor.press(shown, { decision: grantOf(mallory) });
    await visitor.open(page, { method: 'POST', form: { decision: grantOf(eve) } });
    expect([await statusOf(eve.access_token), await statusOf(mallory.access_token)]).toEqual(['in', 'in']);
    const after = await visitor.press(shown, { decision: grantOf(eve) });
    expect(after.page.text).toContain('No application may act for');
    expect(await statusOf(eve.access_token)).toBe(401);
    const [ended] = await gate.auditEvents('&type=agent_grant.revoked&identifier=eve');
    expect(ended).toMatchObject({ detail: { reason: 'ended_by_user' } });
  });

  it('lets a browser in which one user is signed in connect no account for another', async () => {
    const visitor = new Browser();
    await tokensFor({}, 'eve', visitor);
    const link = await gate.magicLink('mallory');
    const refused = await visitor.open(link);
    expect([refused.page.status, refused.page.text]).toEqual([403, expect.stringContaining('made for somebody else')]);
    const events = await gate.auditEvents('&type=connected_account.link_refused&identifier=mallory');
    expect(events).toMatchObject([{ reason: 'link_other_user' }]);
    // It is not used up by that, and the answer is held against the session of its own moment
    const other = new Browser();
    const asked = await other.open(link);
    expect(asked.page.text).toContain('mallory');
    await tokensFor({}, 'eve', other);
    expect((await other.press(asked, { decision: 'continue' })).page.status).toBe(403);
    expect((await visitor.open(await gate.magicLink('eve'))).page.status).toBe(200);
  });

  it('asks an application once for more; one that only refreshes is told what to do', async () => {
    const first = await tokensFor();
    const caller = async (token: string) => {
      const admission = await ask(token);
      if (admission.caller === undefined) throw new Error('not let in');
      return admission.caller;
    };
    const asked = await guard.stepUp(await caller(first.access_token), 'mcp:write');
    expect(asked).toMatchObject({ granted: false, challenge: { status: 403 } });
    if (asked.granted || asked.challenge === undefined) throw new Error('not asked');
    expect(asked.challenge.headers['www-authenticate']).toContain(
      'error="insufficient_scope", scope="mcp:read mcp:write"',
    );
    // The same token again: a second call in flight is no second try
    expect(await guard.stepUp(await caller(first.access_token), 'mcp:write')).toHaveProperty('challenge');
    const refreshed = (await app.refresh(first.refresh_token)).json() as unknown as Tokens;
    const told = await guard.stepUp(await caller(refreshed.access_token), 'mcp:write');
    expect(told).toMatchObject({ granted: false, explain: expect.stringContaining('allow it there: ') });
    const more = await tokensFor({ scope: 'mcp:read mcp:write' });
    expect(await guard.stepUp(await caller(more.access_token), 'mcp:write')).toEqual({ granted: true });
  });

  it('answers a call that lacks a scope with 403 once, then with a result, and records each refusal', async () => {
    const clients = new McpClients(gate);
    const refused = async (): Promise<unknown[]> =>
      (await gate.auditEvents('&type=tool.refused&identifier=stepper')).map((event) => [
        event['tool_name'],
        event['error_code'],
        (event['detail'] as { agent_run_id?: string }).agent_run_id,
      ]);
    const idOf = (token: string): unknown => decodeJwt(token)['jti'];
    const write = (token: string) =>
      clients.raw(token, 'tools/call', { name: 'intercom_conversation_reply', arguments: { conversation_id: '1' } });
    const visitor = new Browser();
    const first = await tokensFor({}, 'stepper', visitor);
    const asked = await write(first.access_token);
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([403, expect.stringContaining('mcp:write')]);
    const record = ['intercom_conversation_reply', 'policy_denied'];
    expect(await refused()).toEqual([[...record, idOf(first.access_token)]]);
    const second = (await app.refresh(first.refresh_token)).json() as unknown as Tokens;
    const told = await write(second.access_token);
    expect([told.status, resultOf(told)]).toMatchObject([200, { isError: true }]);
    expect(told.text).toContain(`${gate.url}/oauth2/apps/${String(decodeJwt(second.access_token)['grant'])}`);
    expect(await refused()).toEqual([
      [...record, idOf(second.access_token)],
      [...record, idOf(first.access_token)],
    ]);
    const more = await tokensFor({ scope: 'mcp:read mcp:write' }, 'stepper', visitor);
    expect(resultOf(await write(more.access_token))).toMatchObject({
      content: [{ text: expect.stringContaining('body') }],
    });
  });

  it('lets nobody into what has got the URL since, by what a user allowed there before', async () => {
    const parts = [{ connection_name: 'intercom', tools: ['intercom_conversation_get'] }];
    const make = async (): Promise<string> => {
      const made = await gate.post('/api/v1/mcp/configs', { name: 'reused', connection_tool_mappings: parts });
      return (made.json()['config'] as { id: string }).id;
    };
    const id = await make();
    const allowed = await authorize({ resource: `${gate.url}/mcp/reused` });
    const tokens = (await app.exchange(toldTo(allowed)['code'] ?? '')).json() as unknown as Tokens;
    expect(await statusOf(tokens.access_token, '/mcp/reused')).toBe('in');
    expect((await gate.remove(`/api/v1/mcp/configs/${id}`)).status).toBe(200);
    await make();
    expect(await statusOf(tokens.access_token, '/mcp/reused')).toBe(401);
    const refreshed = await app.refresh(tokens.refresh_token);
    if (refreshed.status === 200)
      expect(await statusOf(String(refreshed.json()['access_token']), '/mcp/reused')).toBe(401);
    const page = `${gate.url}/oauth2/apps/${String(decodeJwt(tokens.access_token)['grant'])}`;
    expect((await browser.open(page)).page.status).toBe(404);
  });

  it('lets its user, and nobody else, allow an application more that can not ask by itself', async () => {
    const clients = new McpClients(gate);
    const tokens = await tokensFor({}, 'extender', new Browser());
    const page = `${gate.url}/oauth2/apps/${String(decodeJwt(tokens.access_token)['grant'])}`;
    const scopes = async (): Promise<unknown> => [...((await ask(tokens.access_token)).caller?.scopes ?? [])];
    const write = () => clients.raw(tokens.access_token, 'tools/call', { name: 'intercom_conversation_reply' });

    const other = new Browser();
    const asked = await other.open(page);
    expect(asked.page.text).toContain('<title>Sign in</title>');
    expect(asked.page.text).toContain('An agent that works for you');
    const refused = await signInAt(other, asked, 'intruder', codeInLog);
    expect([refused.page.status, refused.page.text]).toEqual([403, expect.stringContaining('not about you')]);
    await other.open(page, { method: 'POST', form: { decision: 'allow', proof: 'x'.repeat(43) } });

    const own = new Browser();
    const shown = await signInAt(own, await own.open(page), 'extender', codeInLog);
    expect(shown.page.text).toContain('make and change things there in your name');
    await own.open(page, { method: 'POST', form: { decision: 'allow', proof: 'x'.repeat(43) } });
    await own.press(shown, { decision: 'deny' });
    expect([await scopes(), (await write()).status]).toEqual([['mcp:read'], 403]);

    const after = await own.press(shown, { decision: 'allow' });
    expect(after.page.text).toContain('reads and changes');
    expect(await scopes()).toEqual(['mcp:read', 'mcp:write']);
    expect(resultOf(await write())).toMatchObject({
      content: [{ text: expect.stringContaining('invalid_arguments') }],
    });
    const next = (await app.refresh(tokens.refresh_token)).json() as unknown as Tokens;
    expect([...((await ask(next.access_token)).caller?.scopes ?? [])]).toEqual(['mcp:read', 'mcp:write']);
    await own.press(shown, { decision: 'allow' });
    expect(await gate.auditEvents('&type=agent_grant.extended&identifier=extender')).toMatchObject([
      { detail: { added: ['mcp:write'], scopes: ['mcp:read', 'mcp:write'] } },
    ]);
    // Signing in for a page of ours allowed nobody anything
    expect(await gate.auditEvents('&type=agent_grant.created&identifier=intruder')).toEqual([]);
    await own.open(`${gate.url}/oauth2/apps`);
    await gate.remove(`/api/v1/mcp/apps/${String(decodeJwt(tokens.access_token)['grant'])}`);
    expect([await statusOf(next.access_token), (await own.open(page)).page.status]).toEqual([401, 404]);
  });

  it('keeps no secret that it gave out, and logs none', async () => {
    const code = await codeFor();
    const tokens = (await app.exchange(code)).json() as unknown as Tokens;
    const interaction = new URL((await new Browser().open(app.authorizeUrl(resource))).url).pathname.split('/').at(-1);
    const owner = new pg.Client({ connectionString: gate.databaseUrl });
    await owner.connect();
    await owner.query('ALTER TABLE oauth_server_records NO FORCE ROW LEVEL SECURITY');
    const { rows } = await owner.query('SELECT oauth_server_records::text AS row FROM oauth_server_records');
    await owner.end();
    expect(rows.length).toBeGreaterThan(5);
    const kept = JSON.stringify(rows) + gate.log.join('');
    expect(interaction).toMatch(/^[\w-]{20,}$/);
    for (const secret of [code, tokens.access_token.split('.')[2] ?? '', tokens.refresh_token, interaction ?? ''])
      expect(kept.includes(secret)).toBe(false);
  });

  it('signs in with the official client, from nothing but the URL', async () => {
    ahead += 120_000;
    const saved: { client?: never; tokens?: never; verifier?: string; url?: URL } = {};
    const provider = {
      redirectUrl: app.redirectUri,
      clientMetadata: { client_name: 'Official', redirect_uris: [app.redirectUri] },
      clientInformation: () => saved.client,
      saveClientInformation: (client: never) => void (saved.client = client),
      tokens: () => saved.tokens,
      saveTokens: (tokens: never) => void (saved.tokens = tokens),
      codeVerifier: () => saved.verifier ?? '',
      saveCodeVerifier: (verifier: string) => void (saved.verifier = verifier),
      redirectToAuthorization: (url: URL) => void (saved.url = url),
    } as unknown as OAuthClientProvider;
    expect(await auth(provider, { serverUrl: resource })).toBe('REDIRECT');
    const opened = await app.allow(browser, String(saved.url), 'alice', codeInLog);
    const authorizationCode = toldTo(opened)['code'] ?? '';
    expect(await auth(provider, { serverUrl: resource, authorizationCode })).toBe('AUTHORIZED');
    ahead = 0;
    const { access_token: token } = saved.tokens as unknown as Tokens;
    expect((await ask(token)).caller).toMatchObject({ identifier: 'alice', resource: { url: resource } });
    expect(await auth(provider, { serverUrl: resource })).toBe('AUTHORIZED');
    expect(saved.tokens).not.toMatchObject({ access_token: token });
  });

  describe('signs users in at the issuer of their tenant', () => {
    beforeAll(async () => {
      const settings = { issuer: issuer.url, client_id: 'gatehouse', identifier_claim: 'email' };
      const answer = await gate.request('PUT', '/api/v1/mcp/sign_in', settings);
      issuer.redirectUri = `${gate.url}/oauth2/sign-in/callback/${gate.firstTenant.tenantId}`;
      expect(answer.json()).toEqual({ sign_in: settings, redirect_uri: issuer.redirectUri });
    });
    afterAll(async () => {
      expect((await gate.remove('/api/v1/mcp/sign_in')).json()['sign_in']).toBeNull();
      expect(await gate.auditEvents('&type=agent_issuer.updated')).toHaveLength(2);
    });

    it('and there only; what the issuer says becomes the tenant’s name for the user', async () => {
      const visitor = new Browser();
      const page = await visitor.open(app.authorizeUrl(resource));
      expect(page.page.text).toContain(`Sign in at ${new URL(issuer.url).host}`);
      expect(page.page.text).not.toContain('Print a code');
      const sneaky = await visitor.press(page, { decision: 'pick', user: 'user_123' });
      expect(sneaky.page.text).toContain('That was not right');
      const back = await visitor.press(page, { decision: 'issuer' });
      expect(back.page.text).toContain('<b><bdi>dora@example.com</bdi></b>');
      const { code } = toldTo(await visitor.press(back, { decision: 'allow' }));
      const tokens = (await app.exchange(code ?? '')).json() as unknown as Tokens;
      expect((await ask(tokens.access_token)).caller?.identifier).toBe('dora@example.com');
    });

    it.each<[string, Partial<ToyIssuer['says']>]>([
      ['is of another issuer', { iss: 'https://elsewhere.example' }],
      ['is for another client', { aud: 'another' }],
      ['has run out', { exp: 1 }],
      ['is for another sign-in', { nonce: 'another' }],
      ['names an address that nobody verified', { email_verified: false }],
    ])('but not when the id token %s', async (_what, changes) => {
      issuer.says = changes;
      const visitor = new Browser();
      const page = await visitor.open(app.authorizeUrl(resource));
      const back = await visitor.press(page, { decision: 'issuer' });
      expect([back.page.status, back.page.text.includes('could not be signed in')]).toEqual([400, true]);
      issuer.says = {};
    });

    it('and in the browser that began: the way back works in no other, and once', async () => {
      const visitor = new Browser();
      const page = await visitor.open(app.authorizeUrl(resource));
      issuer.hold = true;
      const held = await visitor.press(page, { decision: 'issuer' });
      issuer.hold = false;
      const callback = held.page.text;
      expect((await new Browser().open(callback)).page.status).toBe(400);
      expect((await visitor.open(callback)).page.status).toBe(400);
    });
  });
});
