import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '#app/config';
import type { Clock } from '#app/kernel';
import { createLogger } from '#app/observability';
import { createTestDatabase, OAuthDouble, writeToyConnectors, type DoubleFailure } from '#app/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createApp } from '../src/create-app.js';

const PUBLIC_URL = 'https://gatehouse.test';
const CLIENT = { id: 'skc_testclient0', secret: 'test-client-secret-of-enough-characters' };

type Json = Record<string, unknown>;

class TestClock implements Clock {
  private offset = 0;

  now(): number {
    return Date.now() + this.offset;
  }

  advance(milliseconds: number): void {
    this.offset += milliseconds;
  }
}

/** A browser that keeps cookies and follows nothing by itself. */
class ToyBrowser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly server: FastifyInstance) {}

  visit(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.request('GET', url, headers);
  }

  /** Sends a form to the address of its page, as the page's own button would. */
  press(url: string, fields: Record<string, string>, headers = SAME_ORIGIN): Promise<LightMyRequestResponse> {
    return this.request('POST', url, { ...headers, ...FORM }, new URLSearchParams(fields).toString());
  }

  /** Opens a link, says yes where the page asks; returns where the browser is sent. */
  async start(link: string): Promise<URL> {
    const opened = await this.visit(link);
    if (opened.statusCode === 302) return new URL(String(opened.headers.location));
    expect(opened.statusCode).toBe(200);
    const answer = await this.press(link, { proof: proofIn(opened), decision: 'continue' });
    expect([answer.statusCode, answer.headers['content-security-policy']]).toEqual([200, expect.any(String)]);
    return departureIn(answer);
  }

  /** Goes through the callback to the page at its end. */
  async finish(callback: URL): Promise<{ url: URL; page: LightMyRequestResponse }> {
    const answer = await this.visit(callback.href);
    expect(answer.statusCode).toBe(303);
    const url = new URL(String(answer.headers.location));
    return { url, page: await this.visit(url.href) };
  }

  private async request(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    payload?: string,
  ): Promise<LightMyRequestResponse> {
    const { pathname, search } = new URL(url, PUBLIC_URL);
    const response = await this.server.inject({
      method,
      url: pathname + search,
      headers,
      cookies: Object.fromEntries(this.cookies),
      ...(payload === undefined ? {} : { payload }),
    });
    for (const { name, value } of response.cookies) this.cookies.set(name, value);
    return response;
  }
}

const SAME_ORIGIN: Record<string, string> = { 'sec-fetch-site': 'same-origin' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const proofIn = ({ body }: LightMyRequestResponse): string => /name="proof" value="([\w-]{43})"/.exec(body)?.[1] ?? '';

/** Where a page that does not stay sends the browser. */
const departureIn = ({ body }: LightMyRequestResponse): URL =>
  new URL((/http-equiv="refresh" content="0; url=([^"]*)"/.exec(body)?.[1] ?? '').replaceAll('&amp;', '&'));

describe('the connect flow', () => {
  const clock = new TestClock();
  const log: string[] = [];
  let nest: NestFastifyApplication;
  let server: FastifyInstance;
  let provider: OAuthDouble;
  let token: string;
  let connectionId: string;
  let user: string;
  let users = 0;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    provider = await OAuthDouble.start();
    const database = await createTestDatabase();
    const toys = writeToyConnectors([{ id: 'toy', clientAuth: 'basic', pkce: 'S256' }]);
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-connect-'));
    closers.push(
      () => rmSync(dataDir, { recursive: true }),
      toys.remove,
      () => database.drop(),
      () => provider.stop(),
    );
    const config = loadConfig({
      PUBLIC_URL,
      GATEHOUSE_DATA_DIR: dataDir,
      GATEHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
      GATEHOUSE_BOOTSTRAP_CLIENT_ID: CLIENT.id,
      GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: CLIENT.secret,
      GATEHOUSE_EGRESS_ALLOW: provider.host,
      GATEHOUSE_CONNECTORS_DIR: toys.dir,
      DATABASE_POOL_SIZE: '4',
    });
    const impatient = { ...config, oauth: { ...config.oauth, exchangeTimeoutMs: 400 } };
    const logger = createLogger('trace', { write: (line: string) => void log.push(line) });
    ({ nest } = await createApp(impatient, { databaseUrl: database.url, logger, clock }));
    server = nest.getHttpAdapter().getInstance();
    token = await clientToken();
    connectionId = String((await createConnection('toy'))['id']);
    await api('PATCH', '/api/v1/tenant', { name: 'Acme', redirect_allow_list: ['https://app.example/verify'] });
  });
  afterAll(async () => {
    await nest.close();
    for (const close of closers.toReversed()) await close();
  });
  beforeEach(() => {
    user = `user_${++users}`;
  });
  afterEach(() => {
    const ada = { id: '1001', email: 'ada@example.com', workspace: 'ws_1' };
    Object.assign(provider, {
      refusal: null,
      tokenFailure: null,
      identityFailure: null,
      issuer: null,
      user: ada,
      grantedScope: 'things:read',
    });
  });

  async function clientToken(): Promise<string> {
    const payload = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await server.inject({ method: 'POST', url: '/oauth/token', headers, payload: payload.toString() });
    return String(response.json<Json>()['access_token']);
  }

  async function api(method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object): Promise<Json> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await server.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return response.json<Json>();
  }

  async function createConnection(name: string): Promise<Json> {
    const { authorizeUrl, tokenUrl, apiUrl } = provider.endpoints;
    const made = await api('POST', '/api/v1/connections', {
      name,
      connector: 'toy',
      oauth_client_id: provider.options.clientId,
      oauth_client_secret: provider.options.clientSecret,
      endpoints: { authorize_url: authorizeUrl, token_url: tokenUrl, api_url: apiUrl },
    });
    const connection = made['connection'] as Json;
    provider.redirectUris.add(String(connection['redirect_uri']));
    return connection;
  }

  const linkFor = async (identifier = user, more: object = {}): Promise<string> =>
    String(
      (await api('POST', '/api/v1/connected_accounts/magic_link', { connector: 'toy', identifier, ...more }))['link'],
    );
  const account = async (identifier = user): Promise<Json> =>
    (await api('GET', `/api/v1/connected_accounts/details?connector=toy&identifier=${identifier}`))[
      'connected_account'
    ] as Json;
  /** Reading the trail leaves an event of its own. */
  const lastEvent = async (): Promise<Json> => {
    const { events } = await api('GET', '/api/v1/audit/events?page_size=10');
    return (events as Json[]).find((event) => event['type'] !== 'audit.listed') ?? {};
  };
  const browser = (): ToyBrowser => new ToyBrowser(server);
  /** A browser that is back from the provider, about to go through the callback. */
  const consented = async (identifier = user): Promise<{ tab: ToyBrowser; callback: URL }> => {
    const tab = browser();
    return { tab, callback: provider.authorize(await tab.start(await linkFor(identifier))) };
  };

  /** Ends on the page of that outcome, with a reference, a logged event, and the account as it was. */
  async function expectFailure(
    outcome: string,
    status: number,
    attempt: () => Promise<{ url: URL; page: LightMyRequestResponse }>,
  ): Promise<void> {
    const before = await account();
    const { url, page } = await attempt();
    expect(url.pathname).toBe(`/connect/result/${outcome}`);
    expect([...url.searchParams.keys()]).toEqual(['ref']);
    expect(page.statusCode).toBe(status);
    expect(page.body).toContain(String(url.searchParams.get('ref')));
    expect(await account()).toEqual(before);
    expect(await lastEvent()).toMatchObject({
      reason: outcome,
      source: 'browser',
      request_id: url.searchParams.get('ref'),
    });
    expect(log.join('')).toContain(`"outcome":"${outcome}"`);
  }

  it('connects an account from link to page, and says as whom', async () => {
    const { tab, callback } = await consented();
    const { url, page } = await tab.finish(callback);
    expect(url.href).toBe(`${PUBLIC_URL}/connect/result/connected`);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('Toy toy: ada@example.com');
    expect(page.body.replace(/<[^>]*>/g, '')).toContain(`Connected for ${user} at Acme.`);
    expect(await account()).toMatchObject({ status: 'ACTIVE', principal: { id: '1001', workspace: 'ws_1' } });
  });

  it('sends the browser to the provider with an exact redirect URI, a state and an S256 challenge', async () => {
    const asked = await browser().start(await linkFor());
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'toy-client',
      redirect_uri: `${PUBLIC_URL}/oauth/callback/${connectionId}`,
      scope: 'things:read',
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
    });
  });

  it('O8 builds no address from what a request or a proxy says of its host', async () => {
    const lies = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil',
    };
    const link = await linkFor();
    const tab = browser();
    const page = await tab.visit(link, lies);
    const answer = await tab.press(link, { proof: proofIn(page), decision: 'continue' }, lies);
    const asked = departureIn(answer);
    expect(asked.searchParams.get('redirect_uri')).toBe(`${PUBLIC_URL}/oauth/callback/${connectionId}`);
    const back = await tab.visit(provider.authorize(asked).href, lies);
    expect(back.headers.location).toBe(`${PUBLIC_URL}/connect/result/connected`);
  });

  it('O2 recognises the browser by a __Host- cookie that scripts and other sites do not get', async () => {
    const response = await browser().visit(await linkFor());
    expect(response.headers['set-cookie']).toMatch(
      /^__Host-gatehouse-connect=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('O12 leaves no link, code, state or token in a header, a page, a log or an address', async () => {
    const link = await linkFor();
    const tab = browser();
    const asked = await tab.visit(link);
    const started = await tab.press(link, { proof: proofIn(asked), decision: 'continue' });
    const callback = provider.authorize(departureIn(started));
    const answer = await tab.visit(callback.href);
    const page = await tab.visit(String(answer.headers.location));
    for (const response of [asked, started, answer, page]) {
      expect(response.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    }
    const secrets = [
      callback.searchParams.get('code'),
      callback.searchParams.get('state'),
      link.split('/').at(-1),
      provider.issuedTokens.at(-1),
    ];
    const shown = [
      asked.body,
      answer.headers.location,
      answer.body,
      page.body,
      JSON.stringify(page.headers),
      log.join(''),
    ].join('\n');
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });

  it('O6 lets no query and no form field weaken PKCE, and makes a verifier for each flow', async () => {
    const link = await linkFor();
    const tab = browser();
    const weak = 'code_challenge_method=plain&code_challenge=x&code_verifier=x&pkce=none';
    const asked = [await tab.start(`${link}?${weak}`), await tab.start(link)];
    const page = await tab.visit(link);
    const fields = { ...Object.fromEntries(new URLSearchParams(weak)), proof: proofIn(page), decision: 'continue' };
    asked.push(departureIn(await tab.press(link, fields)));
    for (const { searchParams } of asked) {
      expect(searchParams.getAll('code_challenge_method')).toEqual(['S256']);
      expect(searchParams.getAll('code_challenge')).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    }
    expect(new Set(asked.map(({ searchParams }) => searchParams.get('code_challenge'))).size).toBe(3);
  });

  it('O10 refuses a tool for which the user granted too little, sends nothing, and says so in the trail', async () => {
    provider.grantedScope = 'things:write';
    const { tab, callback } = await consented();
    await tab.finish(callback);
    expect(await account()).toMatchObject({ status: 'ACTIVE' });
    expect(await lastEvent()).toMatchObject({ detail: { missing_scopes: ['things:read'] } });
    const refused = await api('POST', '/api/v1/execute_tool', { tool_name: 'toy_me_get', identifier: user });
    expect(refused).toMatchObject({ code: 'missing_scope' });
    expect(await lastEvent()).toMatchObject({ type: 'tool.refused', identifier: user });
    provider.grantedScope = 'things:read';
    const again = await consented();
    await again.tab.finish(again.callback);
    expect(await api('POST', '/api/v1/execute_tool', { tool_name: 'toy_me_get', identifier: user })).toHaveProperty(
      'data',
    );
  });

  describe('before consent', () => {
    const page = async (link: string, tab = browser()): Promise<[number, string]> => {
      const response = await tab.visit(link);
      expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
      return [response.statusCode, /<h1>(.*)<\/h1>/.exec(response.body)?.[1] ?? ''];
    };

    it('shows a page for a link that is unknown, expired, used, or open in another browser', async () => {
      expect(await page('/connect/nonsense')).toEqual([404, 'This link does not work']);
      const opened = await linkFor();
      await browser().start(opened);
      expect(await page(opened)).toEqual([403, 'This link was opened in another browser']);
      const { tab, callback } = await consented();
      await tab.finish(callback);
      const expired = await linkFor('user_late');
      clock.advance(600_001);
      expect(await page(expired)).toEqual([410, 'This link has expired']);
      expect(await lastEvent()).toMatchObject({
        type: 'connected_account.link_refused',
        reason: 'link_expired',
        identifier: 'user_late',
      });
    });

    it('is not taken by a HEAD request or a preview, which are not the user', async () => {
      const link = await linkFor();
      const path = new URL(link).pathname;
      await server.inject({ method: 'HEAD', url: path });
      for (const header of ['purpose', 'sec-purpose', 'x-moz'])
        expect((await browser().visit(link, { [header]: 'prefetch' })).statusCode).toBe(503);
      await browser().start(link);
    });

    it('does not let a query on the start page pass for an answer of the provider', async () => {
      const asked = await browser().start(`${await linkFor()}?code=x&state=y&error=access_denied`);
      expect(asked.href).toContain(`${provider.url}/authorize?`);
    });
  });

  describe('ends in a plain page and changes nothing when', () => {
    it('consent is refused', async () => {
      provider.refusal = 'access_denied';
      const { tab, callback } = await consented();
      await expectFailure('consent_refused', 403, () => tab.finish(callback));
      expect(await lastEvent()).toMatchObject({ type: 'connected_account.consent_refused', identifier: user });
      await expectFailure('state_unknown', 400, () => tab.finish(callback));
    });

    it('the provider refuses for another reason, or says nothing', async () => {
      provider.refusal = 'server_error';
      const refused = await consented();
      await expectFailure('provider_refused', 502, () => refused.tab.finish(refused.callback));
      provider.refusal = null;
      const silent = await consented();
      silent.callback.searchParams.delete('code');
      await expectFailure('code_missing', 502, () => silent.tab.finish(silent.callback));
    });

    it('the state is unknown, missing or given twice', async () => {
      const { tab, callback } = await consented();
      const state = String(callback.searchParams.get('state'));
      for (const states of [['A'.repeat(43)], [], [state, state]]) {
        const changed = new URL(callback);
        changed.searchParams.delete('state');
        for (const each of states) changed.searchParams.append('state', each);
        await expectFailure('state_unknown', 400, () => tab.finish(changed));
      }
      expect((await tab.finish(callback)).url.pathname).toBe('/connect/result/connected');
    });

    it('the callback is replayed', async () => {
      const { tab, callback } = await consented();
      await tab.finish(callback);
      await expectFailure('state_unknown', 400, () => tab.finish(callback));
    });

    it('the state has expired', async () => {
      const { tab, callback } = await consented();
      clock.advance(600_001);
      await expectFailure('state_expired', 410, () => tab.finish(callback));
    });

    it('the callback comes from another browser, also from one with a flow of its own', async () => {
      const first = await consented();
      await expectFailure('state_other_browser', 403, () => browser().finish(first.callback));
      const second = await consented();
      const { tab: other } = await consented('user_other');
      await expectFailure('state_other_browser', 403, () => other.finish(second.callback));
      second.callback.searchParams.append('error', 'access_denied');
      await expectFailure('state_other_browser', 403, () => other.finish(second.callback));
      second.callback.searchParams.delete('error');
      expect((await second.tab.finish(second.callback)).url.pathname).toBe('/connect/result/connected');
    });

    it('the callback is for another connection', async () => {
      const other = await createConnection(`toy ${users}`);
      const { tab, callback } = await consented();
      callback.pathname = new URL(String(other['redirect_uri'])).pathname;
      await expectFailure('state_other_connection', 400, () => tab.finish(callback));
    });

    it('somebody else answers than was asked', async () => {
      provider.issuer = 'https://elsewhere.example';
      const { tab, callback } = await consented();
      await expectFailure('issuer_mismatch', 400, () => tab.finish(callback));
    });

    it.each<[DoubleFailure, string, number]>([
      ['hang', 'exchange_timeout', 504],
      ['server_error', 'exchange_failed', 502],
      ['html', 'exchange_failed', 502],
      ['redirect', 'exchange_failed', 502],
      ['invalid_client', 'exchange_failed', 502],
      ['invalid_grant', 'code_refused', 400],
    ])('the code exchange ends in %s', async (failure, outcome, status) => {
      const { tab, callback } = await consented();
      provider.tokenFailure = failure;
      await expectFailure(outcome, status, () => tab.finish(callback));
    });

    it.each<[DoubleFailure, string, number]>([
      ['hang', 'identity_timeout', 504],
      ['empty', 'identity_failed', 502],
    ])('the provider does not say who consented: %s', async (failure, outcome, status) => {
      const { tab, callback } = await consented();
      provider.identityFailure = failure;
      await expectFailure(outcome, status, () => tab.finish(callback));
    });

    it('somebody else consents than before', async () => {
      const first = await consented();
      await first.tab.finish(first.callback);
      provider.user = { id: '2002', email: 'eve@example.com', workspace: 'ws_1' };
      const second = await consented();
      await expectFailure('identity_mismatch', 409, () => second.tab.finish(second.callback));
      expect(await account()).toMatchObject({ status: 'ACTIVE', principal: { id: '1001' } });
    });

    it('the account is disconnected meanwhile', async () => {
      const { tab, callback } = await consented();
      const { id } = await account();
      await api('POST', `/api/v1/connected_accounts/${String(id)}:disconnect`);
      await expectFailure('state_unknown', 400, () => tab.finish(callback));
      expect(await account()).toMatchObject({ status: 'DISCONNECTED' });
    });
  });

  it('O7 lets exactly one of five racing callbacks connect, and gives the others a neutral page', async () => {
    const { tab, callback } = await consented();
    const offered = provider.offeredCodes.length;
    const ends = await Promise.all(Array.from({ length: 5 }, () => tab.finish(callback)));
    const statuses = ends.map(({ page }) => page.statusCode).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 400, 400, 400, 400]);
    expect(provider.offeredCodes).toHaveLength(offered + 1);
  });

  it('keeps forty concurrent flows apart', async () => {
    const flow = async (n: number): Promise<LightMyRequestResponse> => {
      const tab = browser();
      const asked = await tab.start(await linkFor(`mixed_${n}`));
      provider.user = { id: `p${n}`, email: `p${n}@example.com`, workspace: 'ws_1' };
      return (await tab.finish(provider.authorize(asked))).page;
    };
    // Eight at a time: a busy machine must not make them wait for the few connections of a test
    for (let first = 0; first < 40; first += 8) {
      const pages = await Promise.all(Array.from({ length: 8 }, (_, n) => flow(first + n)));
      expect(pages.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200));
      pages.forEach(({ body }, n) => expect(body).toContain(`p${first + n}@example.com`));
    }
    for (let n = 0; n < 40; n++)
      expect(await account(`mixed_${n}`)).toMatchObject({ status: 'ACTIVE', principal: { id: `p${n}` } });
  });

  describe('user verification', () => {
    const verifyUrl = 'https://app.example/verify?tab=1';

    const awaited = async (): Promise<URL> => {
      const tab = browser();
      const asked = await tab.start(await linkFor(user, { user_verify_url: verifyUrl, state: 'own state' }));
      const answer = await tab.visit(provider.authorize(asked).href);
      expect(answer.statusCode).toBe(303);
      return new URL(String(answer.headers.location));
    };
    const vouch = (target: URL, identifier: string, more: object = {}): Promise<Json> =>
      api('POST', '/api/v1/connected_accounts/user/verify', {
        auth_request_id: target.searchParams.get('auth_request_id'),
        identifier,
        ...more,
      });

    it('O4 sends the browser to the tenant, whose word makes the account active', async () => {
      const target = await awaited();
      expect(target.href.startsWith(verifyUrl)).toBe(true);
      expect(target.searchParams.get('state')).toBe('own state');
      expect(await account()).toMatchObject({ status: 'PENDING_VERIFICATION' });
      const { post_user_verify_redirect_url: next } = await vouch(target, user);
      expect((await browser().visit(String(next))).statusCode).toBe(200);
      expect(await account()).toMatchObject({ status: 'ACTIVE' });
      expect(await vouch(target, user)).toMatchObject({ code: 'not_found' });
    });

    it('O4 destroys what was granted when the tenant names another organization', async () => {
      const target = await awaited();
      expect(await vouch(target, user, { organization_id: 'org_b' })).toMatchObject({ code: 'permission_denied' });
      expect(await account()).toMatchObject({ status: 'PENDING_AUTH' });
      expect(await vouch(target, user, { organization_id: null })).toMatchObject({ code: 'not_found' });
    });

    it('O4 destroys what was granted when the tenant names another user', async () => {
      const target = await awaited();
      expect(await vouch(target, 'somebody_else')).toMatchObject({ code: 'permission_denied' });
      expect(await account()).toMatchObject({ status: 'PENDING_AUTH' });
      expect(await vouch(target, user)).toMatchObject({ code: 'not_found' });
    });
  });

  it('gives no connect_url to a call for a user for whom verification was asked', async () => {
    await linkFor();
    const call = async (): Promise<Json> => {
      const called = { tool_name: 'toy_me_get', identifier: user };
      const answer = await api('POST', '/api/v1/execute_tool', called);
      expect(answer['code']).toBe('account_not_active');
      expect(answer['detail']).toContain('POST /api/v1/connected_accounts/magic_link');
      return answer;
    };
    expect(await call()).toMatchObject({ connect_url: expect.stringContaining('/connect/') as string });
    await linkFor(user, { user_verify_url: 'https://app.example/verify' });
    expect(await call()).not.toHaveProperty('connect_url');
  });

  it('sends the stored secret to no token URL that a change brings along without it', async () => {
    const { id } = await createConnection(`steal ${users}`);
    const change = { endpoints: { token_url: `${provider.url}/elsewhere` } };
    expect(await api('PATCH', `/api/v1/connections/${String(id)}`, change)).toMatchObject({
      code: 'invalid_arguments',
      errors: [{ field: 'oauth_client_secret' }],
    });
    const withSecret = { ...change, oauth_client_secret: 'the new one' };
    expect(await api('PATCH', `/api/v1/connections/${String(id)}`, withSecret)).toHaveProperty('connection');
  });

  describe('the result page', () => {
    it('shows only references that are ours, and knows no other pages', async () => {
      const page = await browser().visit('/connect/result/state_unknown?ref=%3Cscript%3Ealert(1)%3C/script%3E');
      expect(page.statusCode).toBe(400);
      expect(page.body).not.toContain('alert(1)');
      expect((await browser().visit('/connect/result/__proto__')).statusCode).toBe(404);
      expect((await browser().visit('/connect/result/toString')).statusCode).toBe(404);
    });

    it('escapes what the provider said of the user', async () => {
      provider.user = { id: '1001', email: '<img src=x onerror=alert(1)>', workspace: 'ws_1' };
      const { tab, callback } = await consented();
      const { page } = await tab.finish(callback);
      expect(page.body).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expect(page.body).not.toContain('<img');
    });
  });
});
