import { Browser, type Opened } from '../../demo/src/http.js';
import { Harness } from './harness.js';
import { McpClientApp, passcodeIn, signInAt } from './mcp-client-app.js';

/**
 * Another host of our domain may plant those of the cookies that belong to one path, and so put one browser in the middle of what
 * another one began. The one that is bound to this host it can not plant.
 */
describe('an authorization, by the browsers in which it is begun and answered,', () => {
  let gate: Harness;
  let app: McpClientApp;
  beforeAll(async () => {
    gate = await Harness.start();
    app = await McpClientApp.start(gate.url);
    expect((await app.register()).status).toBe(201);
  });
  afterAll(async () => {
    await app.stop();
    await gate.stop();
  });

  const begin = (browser: Browser): Promise<Opened> => browser.open(app.authorizeUrl(`${gate.url}/intercom`));
  const idOf = ({ url }: Opened): string => new URL(url).pathname.split('/').at(-1) ?? '';
  const wayBack = (id: string): string => `${gate.url}/oauth2/authorize/${id}`;
  const whoIsIn = async (browser: Browser): Promise<string> =>
    (await browser.open(`${gate.url}/oauth2/apps`)).page.text;

  it('signs the user who answered in nowhere but in their own', async () => {
    const [mallory, alice] = [new Browser(), new Browser()];
    const begun = await begin(mallory);
    const id = idOf(begun);
    await alice.plant(begun.url, `gatehouse-interaction=${id}; Path=/oauth2/interaction/${id}`);
    const page = await alice.open(begun.url);
    expect(page.page.text).toContain('<title>Sign in</title>');
    await signInAt(alice, page, 'alice', () => passcodeIn(gate.log));
    const resumed = await mallory.open(wayBack(id));
    expect([resumed.page.status, resumed.page.text]).toEqual([400, expect.stringContaining('Nothing was allowed')]);
    expect(await whoIsIn(mallory)).toContain('You are not signed in');
  });

  it('signs nobody in as the one who began it', async () => {
    const [mallory, alice] = [new Browser(), new Browser()];
    const begun = await begin(mallory);
    const id = idOf(begun);
    mallory.stopsAt = wayBack(id);
    await signInAt(mallory, begun, 'mallory', () => passcodeIn(gate.log));
    await alice.plant(wayBack(id), `gatehouse-resume=${id}; Path=/oauth2/authorize/${id}`);
    expect((await alice.open(wayBack(id))).page.status).toBe(400);
    expect(await whoIsIn(alice)).toContain('You are not signed in');
    // It is not used up by that
    mallory.stopsAt = null;
    expect((await mallory.open(wayBack(id))).page.text).toContain('<b><bdi>mallory</bdi></b>');
  });

  it('is shown in no frame of another site, up to the page that the library answers with itself', async () => {
    const url = app.authorizeUrl(`${gate.url}/intercom`, { response_mode: 'form_post' });
    const { page } = await app.allow(new Browser(), url, 'alice', () => passcodeIn(gate.log));
    expect(page.text).toContain('name="code"');
    expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' });
  });

  it('goes on as whoever signed in last where two were begun before, and shows no page that is not ours', async () => {
    const browser = new Browser();
    const [one, other] = [await begin(browser), await begin(browser)];
    const first = await signInAt(browser, one, 'alice', () => passcodeIn(gate.log));
    expect(first.page.text).toContain('<b><bdi>alice</bdi></b>');
    const second = await signInAt(browser, other, 'bob', () => passcodeIn(gate.log));
    expect(second.page.text).toContain('<b><bdi>bob</bdi></b>');
    expect(second.page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(await whoIsIn(browser)).toContain('<b><bdi>bob</bdi></b>');
  });

  it('signs nobody out by one that began in a session which has ended since: it goes on in no other', async () => {
    const browser = new Browser();
    const signIn = (page: Opened, user: string): Promise<Opened> =>
      signInAt(browser, page, user, () => passcodeIn(gate.log));
    await signIn(await begin(browser), 'alice');
    const again = await browser.open(app.authorizeUrl(`${gate.url}/intercom`, { prompt: 'login' }));
    const id = idOf(again);
    browser.stopsAt = wayBack(id);
    await signIn(again, 'alice');
    browser.stopsAt = null;
    await signIn(await browser.press(await begin(browser), { decision: 'switch' }), 'bob');
    expect(await whoIsIn(browser)).toContain('<b><bdi>bob</bdi></b>');
    expect((await browser.open(wayBack(id))).page.status).toBe(400);
    expect(await whoIsIn(browser)).toContain('<b><bdi>bob</bdi></b>');
  });
});
