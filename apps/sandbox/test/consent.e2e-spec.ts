import {
  AMARA,
  CLIENT_ID,
  CLIENT_SECRET,
  errorOf,
  FREJA_OF_BOREALIS,
  REDIRECT_URI,
  SandboxClient,
} from './sandbox-client.js';

describe('consent and tokens', () => {
  let client: SandboxClient;
  beforeAll(async () => {
    client = await SandboxClient.start({ appName: 'Agent <Desk>' });
  });
  afterAll(() => SandboxClient.closeAll());

  const pageFor = (query: Record<string, string>): ReturnType<SandboxClient['call']> =>
    client.call(
      'GET',
      `/oauth?${new URLSearchParams({ client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, state: 's', ...query }).toString()}`,
    );

  describe('the consent page', () => {
    it('names the app, where it sends the browser, the workspaces and at least six teammates, as text', async () => {
      const { status, text } = await pageFor({});
      expect(status).toBe(200);
      expect(text).toContain('Agent &lt;Desk&gt;');
      expect(text).toContain('http://127.0.0.1:9');
      expect(text).toContain('Northwind Planner');
      expect(text).toContain('Borealis Labs');
      expect(text.match(/type="radio"/g)?.length).toBeGreaterThanOrEqual(6);
      expect(text).toContain('no inbox seat');
      expect(text).toContain('e-mail not verified');
      expect(text).toContain('Customer Support + Billing &amp; Refunds');
      expect(text).toContain('佐藤 美咲');
    });

    it('allows no script, no frame and nothing from elsewhere', async () => {
      const { headers, text } = await pageFor({ state: '"><script>alert(1)</script>' });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toContain('<script');
      expect(text).not.toMatch(/(src|href)="http/);
    });

    it('ticks the teammate that the link names, and only that one', async () => {
      const { text } = await pageFor({ teammate: '1000005' });
      expect(text).toContain('value="1000005" required checked');
      expect(text.match(/checked>/g)).toHaveLength(1);
    });

    it.each([
      ['an unknown app', { client_id: 'someone-else' }],
      ['a redirect that is no web address', { redirect_uri: 'javascript:alert(1)' }],
      ['a redirect with a fragment', { redirect_uri: 'http://127.0.0.1:9/#x' }],
    ])('shows an error for %s, and sends nobody anywhere', async (_name, query) => {
      const { status, headers } = await pageFor(query);
      expect(status).toBe(400);
      expect(headers.location).toBeUndefined();
    });
  });

  describe('the decision', () => {
    it('sends an allowing teammate back with a code and the state, keeping the query of the redirect URI', async () => {
      const target = await client.consent(AMARA);
      expect(target.origin + target.pathname).toBe('http://127.0.0.1:9/callback');
      expect(target.searchParams.get('tenant')).toBe('1');
      expect(target.searchParams.get('state')).toBe('st-1');
      expect(target.searchParams.get('code')).toHaveLength(44);
    });

    it('sends a refusing teammate back with access_denied and the state', async () => {
      const target = await client.consent(AMARA, 'refuse');
      expect(target.searchParams.get('error')).toBe('access_denied');
      expect(target.searchParams.get('state')).toBe('st-1');
      expect(target.searchParams.has('code')).toBe(false);
    });

    it.each([
      ['an unknown teammate', { teammate: '42' }],
      ['no decision', { decision: '' }],
      ['another app', { client_id: 'x' }],
    ])('does not redirect for %s', async (_name, fields) => {
      const form = { client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, teammate: AMARA, decision: 'allow', ...fields };
      const answer = await client.call('POST', '/oauth', { form });
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    });
  });

  describe('the token endpoint', () => {
    it('turns a code into a token that says who consented', async () => {
      const answer = await client.exchange(await client.code(FREJA_OF_BOREALIS));
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ token_type: 'Bearer', token: answer.json.token, access_token: answer.json.token });
      const me = await client.call('GET', '/me', { token: answer.json.access_token });
      expect(me.json).toMatchObject({ id: FREJA_OF_BOREALIS, app: { id_code: 'bo7rp1xe', region: 'EU' } });
    });

    it('takes a form as well as JSON', async () => {
      const form = { code: await client.code(), client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
      expect((await client.call('POST', '/auth/eagle/token', { form })).status).toBe(200);
    });

    it('hands out codes that end in = and refuses them when it was trimmed', async () => {
      const codes = [await client.code(), await client.code()];
      const padded = codes.find((code) => code.endsWith('='));
      expect(padded).toBeDefined();
      expect((await client.exchange((padded as string).slice(0, -1))).status).toBe(401);
      expect((await client.exchange(padded as string)).status).toBe(200);
    });

    it('takes a code once', async () => {
      const code = await client.code();
      expect((await client.exchange(code)).status).toBe(200);
      const again = await client.exchange(code);
      expect([again.status, errorOf(again).message]).toEqual([401, 'Unauthorized Code']);
    });

    it('takes a code for ten minutes', async () => {
      const [early, late] = [await client.code(), await client.code()];
      client.clock.advance(599);
      expect((await client.exchange(early)).status).toBe(200);
      client.clock.advance(2);
      expect((await client.exchange(late)).status).toBe(401);
    });

    it.each([
      ['a wrong secret', { client_secret: 'wrong' }],
      ['another app', { client_id: 'another' }],
      ['another redirect URI than that of the consent', { redirect_uri: 'http://127.0.0.1:9/other' }],
      ['a code that never was', { code: 'x' }],
    ])('refuses %s', async (_name, fields) => {
      const answer = await client.exchange(await client.code(), fields);
      expect([answer.status, errorOf(answer).message]).toEqual([401, 'Unauthorized Code']);
    });

    it('keeps a code that was sent with a wrong secret', async () => {
      const code = await client.code();
      await client.exchange(code, { client_secret: 'wrong' });
      expect((await client.exchange(code)).status).toBe(200);
    });
  });

  describe('uninstall', () => {
    it('ends every token of the workspace and none of another', async () => {
      const [first, second, elsewhere] = [
        await client.token(),
        await client.token('1000002'),
        await client.token(FREJA_OF_BOREALIS),
      ];
      const headers = { 'content-type': 'application/json' };
      expect((await client.call('POST', '/auth/uninstall', { token: first, headers })).status).toBe(200);
      const statuses = await Promise.all(
        [first, second, elsewhere].map(async (token) => (await client.call('GET', '/me', { token })).status),
      );
      expect(statuses).toEqual([401, 401, 200]);
    });

    it('needs a living token', async () => {
      expect((await client.call('POST', '/auth/uninstall')).status).toBe(401);
    });
  });
});

describe('registered redirect URIs', () => {
  let client: SandboxClient;
  beforeAll(async () => {
    client = await SandboxClient.start({ redirectUris: ['https://app.example/first', 'https://app.example/second'] });
  });
  afterAll(() => SandboxClient.closeAll());

  it('refuses any other, also one that only begins like it', async () => {
    const query = new URLSearchParams({ client_id: CLIENT_ID, redirect_uri: 'https://app.example/first/../evil' });
    expect((await client.call('GET', `/oauth?${query.toString()}`)).status).toBe(400);
  });

  it('uses the first one when the app names none', async () => {
    const form = { client_id: CLIENT_ID, teammate: AMARA, decision: 'allow' };
    const answer = await client.call('POST', '/oauth', { form });
    expect(answer.headers.location).toMatch(/^https:\/\/app\.example\/first\?code=/);
    expect(answer.headers.location).not.toContain('state=');
  });
});
