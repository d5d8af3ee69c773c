import type { Browser, BrowserContext, Page } from 'playwright-core';
import { freePort } from '../../demo/src/free-port.js';
import { describeInBrowser, launchChromium } from './chromium.js';
import { Harness } from './harness.js';
import { McpClientApp, passcodeIn } from './mcp-client-app.js';
import { TlsProxy } from './tls-proxy.js';

/** Only a browser decides whether cookies of such names are kept, and only over https. */
describeInBrowser('behind a proxy that ends TLS, in a real browser,', () => {
  let gate: Harness;
  let proxy: TlsProxy;
  let origin: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let plain: string[];

  beforeAll(async () => {
    const port = await freePort();
    origin = `https://127.0.0.1:${port}`;
    gate = await Harness.start({ env: { PUBLIC_URL: origin } });
    proxy = new TlsProxy(new URL(gate.url));
    await proxy.listen(port);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    proxy.close();
    await gate.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext({ ignoreHTTPSErrors: true });
    page = await context.newPage();
    plain = [];
    page.on('request', (request) => {
      if (request.url().startsWith(gate.url)) plain.push(request.url());
    });
  });
  afterEach(() => context.close());

  const cookieNames = async (): Promise<string[]> => (await context.cookies(origin)).map(({ name }) => name).toSorted();

  it('an account is connected, by cookies that no other host can plant', async () => {
    await page.goto(await gate.magicLink('tls_user'));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('input[name="teammate"]').first().check();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${origin}/connect/result/connected`);
    expect(await page.locator('main').innerText()).toContain('tls_user');
    expect((await gate.account('tls_user'))['status']).toBe('ACTIVE');
    expect(await cookieNames()).toEqual(['__Host-gatehouse-connect', '__Host-gatehouse-connected']);
    expect(plain).toEqual([]);
  });

  it('an application is allowed, and ended, by a user who signs in', async () => {
    const app = await McpClientApp.start(gate.url);
    try {
      await app.register();
      await page.goto(app.authorizeUrl(`${origin}/intercom`).replace(gate.url, origin));
      await page.locator('input[name="identifier"]').fill('alice');
      await page.getByRole('button', { name: 'Print a code' }).click();
      await page.locator('input[name="code"]').fill(passcodeIn(gate.log));
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('button', { name: 'Allow', exact: true }).click();
      await page.waitForURL(`${app.redirectUri}**`);
      const answer = new URL(page.url()).searchParams;
      expect(answer.get('iss')).toBe(origin);
      expect((await app.exchange(String(answer.get('code')))).status).toBe(200);
      expect(await cookieNames()).toEqual(['__Host-gatehouse-agent-pages', '__Host-gatehouse-agents']);
      await page.goto(`${origin}/oauth2/apps`);
      await page.getByRole('button', { name: 'End this' }).click();
      await page.getByText('No application may act for alice').waitFor();
      expect(plain).toEqual([]);
    } finally {
      await app.stop();
    }
  });
});
