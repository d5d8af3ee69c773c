import { Browser, type Opened } from '../../demo/src/http.js';
import { Harness } from './harness.js';
import { McpClientApp } from './mcp-client-app.js';
import { ToyIssuer } from './toy-issuer.js';

/**
 * RFC 9700, 4.4: an issuer that one tenant chose sends a user on to that of another, and would be handed the code that comes of it:
 * with it, whoever began a sign-in there would be signed in as that user.
 */
describe('the issuer of one tenant', () => {
  let gate: Harness;
  let app: McpClientApp;
  let honest: ToyIssuer;
  let hostile: ToyIssuer;
  let hostileResource: string;
  beforeAll(async () => {
    [honest, hostile] = [await ToyIssuer.start(), await ToyIssuer.start()];
    gate = await Harness.start({ allow: [honest, hostile].map(({ url }) => new URL(url).host) });
    app = await McpClientApp.start(gate.url);
    expect((await app.register()).status).toBe(201);
    await useIssuer(honest, gate.token);
    const made = (await gate.post('/api/v1/tenants', { name: 'hostile' })).json();
    const { id } = made['client'] as { id: string };
    const token = await gate.tokenFor(id, String(made['client_secret']));
    await useIssuer(hostile, token);
    const connection = { name: 'intercom', connector: 'intercom', oauth_client_id: 'x', oauth_client_secret: 'y' };
    const created = await gate.request('POST', '/api/v1/connections', connection, token);
    hostileResource = `${gate.url}/${(created.json()['connection'] as { id: string }).id}`;
  });
  afterAll(async () => {
    await app.stop();
    await gate.stop();
    await Promise.all([honest.stop(), hostile.stop()]);
  });

  async function useIssuer(issuer: ToyIssuer, token: string): Promise<void> {
    const settings = { issuer: issuer.url, client_id: 'gatehouse', identifier_claim: 'email' };
    const answer = await gate.request('PUT', '/api/v1/mcp/sign_in', settings, token);
    issuer.redirectUri = String(answer.json()['redirect_uri']);
  }

  const signIn = async (browser: Browser, resource: string): Promise<Opened> =>
    browser.press(await browser.open(app.authorizeUrl(resource)), { decision: 'issuer' });

  it('is handed no code that the issuer of another one gave out', async () => {
    honest.hold = true;
    const begun = await signIn(new Browser(), `${gate.url}/intercom`);
    honest.hold = false;
    hostile.sendsOnTo = begun.url;
    const { page } = await signIn(new Browser(), hostileResource);
    expect(hostile.redeemed).toEqual([]);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('could not be signed in')]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,<p>Sign in</p>', 'ms-settings:about', 'file:///etc/passwd'])(
    'sends no browser to what is no website: %s',
    async (url) => {
      hostile.authorizeUrl = url;
      const { page } = await signIn(new Browser(), hostileResource);
      expect([page.status, page.text.includes(url.slice(0, 8))]).toEqual([503, false]);
      hostile.authorizeUrl = null;
    },
  );

  it('is not asked about an answer that another issuer says it gave', async () => {
    honest.answersAs = hostile.url;
    const redeemed = honest.redeemed.length;
    expect((await signIn(new Browser(), `${gate.url}/intercom`)).page.status).toBe(400);
    expect(honest.redeemed).toHaveLength(redeemed);
    honest.answersAs = honest.url;
    expect((await signIn(new Browser(), `${gate.url}/intercom`)).page.text).toContain('dora@example.com');
  });
});
