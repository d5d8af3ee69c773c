import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, launchChromium } from './chromium.js';
import { Harness } from './harness.js';

describeInBrowser('the connect flow in a real browser', () => {
  let gate: Harness;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    gate = await Harness.start();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await gate.stop();
  });
  beforeEach(async () => {
    page = await (await browser.newContext()).newPage();
  });
  afterEach(() => page.context().close());

  const connectAs = async (user: string, button: string): Promise<void> => {
    await page.goto(await gate.magicLink(user));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('input[name="teammate"]').first().check();
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL(`${gate.url}/connect/result/**`);
  };

  it('connects an account: link, consent, a clean result page', async () => {
    await connectAs('browser_user', 'Allow');
    expect(await page.title()).toMatch(/connected/i);
    expect(page.url()).not.toMatch(/code=|state=/);
    expect((await gate.account('browser_user'))['status']).toBe('ACTIVE');
    expect((await gate.execute('intercom_conversations_list', 'browser_user', { limit: 1 })).status).toBe(200);
  });

  it('says honestly that nothing changed when the person refuses', async () => {
    await connectAs('refusing_user', 'Refuse');
    expect(await page.locator('h1').innerText()).not.toMatch(/^connected/i);
    expect((await gate.account('refusing_user'))['status']).toBe('PENDING_AUTH');
  });

  it('asks first whose account it is, by keyboard too, and ends the link of a person who is somebody else', async () => {
    const link = await gate.magicLink('forwarded_link');
    await page.goto(link);
    expect(await page.locator('main').innerText()).toContain('for forwarded_link at default. Is this you?');
    expect(await page.locator('script').count()).toBe(0);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Continue');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${gate.url}/connect/result/link_declined`);
    expect((await page.goto(link))?.status()).toBe(404);
    expect((await gate.account('forwarded_link'))['status']).toBe('PENDING_AUTH');
  });

  it('takes no answer from a page of another site', async () => {
    const link = await gate.magicLink('lured_user');
    await page.goto(link);
    const proof = await page.getAttribute('input[name="proof"]', 'value');
    await page.goto(`${gate.sandboxUrl}/`);
    const form = `<form method="post" action="${link}"><input name="proof" value="${proof}"><button name="decision" value="continue">x</button></form>`;
    await page.setContent(form);
    await Promise.all([page.waitForURL(link), page.getByRole('button').click()]);
    expect(await page.locator('h1').innerText()).toBe('Your answer did not reach us');
  });

  it('refuses a link that another browser has used', async () => {
    const link = await gate.magicLink('shared_link');
    await page.goto(link);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${gate.sandboxUrl}/**`);
    const other = await (await browser.newContext()).newPage();
    const answer = await other.goto(link);
    expect(answer?.status()).toBeGreaterThanOrEqual(400);
    await other.context().close();
  });

  it('runs no script and loads nothing from elsewhere on its own pages', async () => {
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== gate.url) foreign.push(request.url());
    });
    await page.goto(`${gate.url}/connect/result/connected`);
    expect(foreign).toEqual([]);
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.getAttribute('html', 'lang')).toBe('en');
  });

  it('shows who opens the URL of an MCP server how to tell an agent of it, and clients what they ask for', async () => {
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    const answer = await page.goto(`${gate.url}/intercom/readonly`);
    expect([answer?.status(), answer?.headers()['vary']]).toEqual([200, 'accept']);
    expect(await page.locator('code.copy').last().innerText()).toBe(`${gate.url}/intercom/readonly`);
    expect(await page.getByRole('link').allInnerTexts()).toEqual(['Add to Cursor', 'Add to VS Code']);
    const border = await page
      .locator('code.copy')
      .last()
      .evaluate((code) => code.ownerDocument.defaultView?.getComputedStyle(code).display);
    expect([border, faults]).toEqual(['block', []]);
    expect((await page.goto(`${gate.url}/nothing_of_the_kind`))?.status()).toBe(404);
    expect((await gate.get('/intercom')).status).toBe(401);
  });

  it('shows the API reference', async () => {
    await page.goto(`${gate.url}/api/docs`);
    await page.getByText('/api/v1/execute_tool').first().waitFor();
  });
});
