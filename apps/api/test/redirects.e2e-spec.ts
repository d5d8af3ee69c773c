import { Browser, hiddenFields, send, type Answer, type Opened } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

const LISTED = 'https://app.example/verify';
const EVIL = 'https://evil.example/';
/** What redirectors call the parameter that says where to. */
const ELSEWHERE = Object.fromEntries(
  ['next', 'redirect', 'redirect_uri', 'redirect_url', 'return_to', 'url', 'user_verify_url'].map((name) => [
    name,
    EVIL,
  ]),
);

describe('where a browser may be sent', () => {
  let gate: Harness;
  let alice: Teammate;
  let user: string;
  let users = 0;

  beforeAll(async () => {
    gate = await Harness.start();
    alice = (await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate;
  });
  afterAll(() => gate.stop());
  beforeEach(async () => {
    user = `user_${++users}`;
    await change({ redirect_allow_list: [LISTED, 'https://app.example/back/'] });
  });

  const change = (body: object): Promise<Answer> => gate.patch('/api/v1/tenant', body);
  const linkTo = (url: string): Promise<Answer> =>
    gate.post('/api/v1/connected_accounts/magic_link', {
      connector: 'intercom',
      identifier: user,
      user_verify_url: url,
    });
  const titleOf = ({ text }: Answer): string => /<h1>(.*)<\/h1>/.exec(text)?.[1] ?? '';

  it('is shown with the tenant, and recorded when it changes', async () => {
    const answer = await change({ redirect_allow_list: [LISTED], default_user_verify_url: `${LISTED}?from=gate` });
    expect(answer.json()['tenant']).toMatchObject({
      redirect_allow_list: [LISTED],
      default_user_verify_url: `${LISTED}?from=gate`,
    });
    expect((await gate.get('/api/v1/tenant')).json()).toEqual(answer.json());
    const record = (await gate.auditEvents()).find((each) => each['request_id'] === answer.headers['x-request-id']);
    expect(record).toMatchObject({
      type: 'tenant.updated',
      detail: { after: { redirect_allow_list: [LISTED], default_user_verify_url: `${LISTED}?from=gate` } },
    });
    expect((await change({ default_user_verify_url: '' })).json()['tenant']).toMatchObject({
      default_user_verify_url: null,
    });
  });

  it.each([
    [
      'another host in the verifier',
      { default_user_verify_url: 'https://evil.example/verify' },
      'default_user_verify_url',
    ],
    [
      'a list without the verifier',
      { redirect_allow_list: [], default_user_verify_url: LISTED },
      'default_user_verify_url',
    ],
    ['a wildcard', { redirect_allow_list: ['https://*.app.example/'] }, 'redirect_allow_list'],
    ['plain http', { redirect_allow_list: ['http://app.example/'] }, 'redirect_allow_list'],
    ['a user name', { redirect_allow_list: ['https://a@app.example/'] }, 'redirect_allow_list'],
    ['a query', { redirect_allow_list: ['https://app.example/?a'] }, 'redirect_allow_list'],
    [
      'too many entries',
      { redirect_allow_list: Array.from({ length: 51 }, (_, n) => `https://a${n}.example/`) },
      'redirect_allow_list',
    ],
  ])('O8 takes no settings with %s', async (_, body, field) => {
    const before = (await gate.get('/api/v1/tenant')).json();
    const answer = await change(body);
    expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
    expect(answer.json()['errors']).toMatchObject([{ field }]);
    expect((await gate.get('/api/v1/tenant')).json()).toEqual(before);
  });

  it.each([LISTED, `${LISTED}?tab=1`, 'https://app.example/back/here'])('lets a link lead to %s', async (url) => {
    expect((await linkTo(url)).status).toBe(200);
  });

  it.each([
    'https://evil.example/verify',
    'https://app.example/verify/more',
    'https://app.example/back/../admin',
    'https://app.example/back/%2e%2e/admin',
    'https://app.example/back/..%2fadmin',
    'https://app.example\\@evil.example/verify',
    'https://app.example:8443/verify',
    'https://app.example./verify',
    'https://user@app.example/verify',
    'HTTPS://APP.example/verify',
    'http://app.example/verify',
  ])('O8 makes no link that leads to %s', async (url) => {
    const answer = await linkTo(url);
    expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_arguments']);
  });

  it('O8 says how an address is added', async () => {
    const { detail } = (await linkTo('https://new.example/verify?x=1')).json();
    expect(detail).toContain('PATCH /api/v1/tenant {"redirect_allow_list": [..., "https://new.example/verify"]}');
  });

  it('O8 sends nobody on to an address that was taken off the list after the link was made', async () => {
    const link = String((await linkTo(LISTED)).json()['link']);
    await change({ redirect_allow_list: [] });
    const page = await send(link);
    expect([page.status, titleOf(page)]).toEqual([409, 'This link leads to an address that is not registered']);
  });

  it('O8 nor to one that was taken off the list while the user was at the provider; nothing is connected then', async () => {
    const browser = new Browser();
    const asked = await browser.open(String((await linkTo(LISTED)).json()['link']));
    await change({ redirect_allow_list: [] });
    const { url } = await gate.answerConsent(browser, asked, { teammate: alice.id, decision: 'allow' });
    expect(new URL(url).pathname).toBe('/connect/result/redirect_not_allowed');
    expect(browser.visited.join(' ')).not.toContain('app.example');
    expect((await gate.account(user))['status']).toBe('PENDING_AUTH');
  });

  it('is this machine itself while the list is empty, outside of production', async () => {
    await change({ redirect_allow_list: [] });
    expect((await linkTo('http://localhost:3001/verify')).status).toBe(200);
    expect((await linkTo(LISTED)).status).toBe(400);
  });

  it('O8 every answer of the connect pages leads to the provider, to us, or to the list', async () => {
    const led: string[] = [];
    /** Opens an address with the parameters that redirectors take, and notes where that leads. */
    const open = async (browser: Browser, url: string, form?: Record<string, string>): Promise<Opened> => {
      const at = `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams(ELSEWHERE).toString()}`;
      const before = browser.visited.length;
      const call = form === undefined ? {} : { method: 'POST' as const, form: { ...ELSEWHERE, ...form } };
      const opened = await browser.open(at, call);
      const targets = [...opened.page.text.matchAll(/(?:href|action|src)="([^"]+)"/g)].map(
        ([, target]) => target ?? '',
      );
      led.push(...targets, ...[...browser.visited.slice(before + 1), opened.url].filter((each) => each !== at));
      return { ...opened, url };
    };
    const answer = async (browser: Browser, link: string, decision: string): Promise<Opened> => {
      const { page } = await open(browser, link);
      return open(browser, link, { ...hiddenFields(page.text), decision });
    };

    const plain = await gate.magicLink(`plain ${user}`);
    const verified = String((await linkTo(LISTED)).json()['link']);
    for (const link of [plain, verified]) {
      const browser = new Browser(gate.url);
      if (link === plain) await answer(browser, link, 'continue');
      else await open(browser, link);
      const departed = { url: led.at(-1) ?? '' };
      const consent = { teammate: alice.id, decision: 'allow' };
      const { url: callback } = await gate.answerConsent(new Browser(gate.sandboxUrl), departed, consent);
      await open(browser, `${callback}&error_uri=${encodeURIComponent(EVIL)}`);
      await open(browser, callback);
      await open(browser, callback.replace(/[?].*/, ''));
    }
    await answer(new Browser(gate.url), await gate.magicLink(`declining ${user}`), 'decline');
    for (const path of [
      'connect/result/connected',
      'connect/result/nowhere',
      `connect/${EVIL}`,
      'oauth/callback/conn_x',
    ])
      await open(new Browser(gate.url), `${gate.url}/${path}`);

    expect(new Set(led.map((url) => new URL(url).origin))).toEqual(
      new Set([gate.url, gate.sandboxUrl, new URL(LISTED).origin]),
    );
    expect(led.filter((url) => url.includes('evil.example'))).toEqual([]);
    expect((await gate.account(user))['status']).toBe('PENDING_VERIFICATION');
  });
});

describe('where a browser may be sent in production', () => {
  let gate: Harness;
  beforeAll(async () => {
    const env = { NODE_ENV: 'production', GATEHOUSE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') };
    gate = await Harness.start({ env });
  });
  afterAll(() => gate.stop());

  it('O8 is nowhere until the tenant has registered an address, not even this machine', async () => {
    const link = (url: string): Promise<Answer> =>
      gate.post('/api/v1/connected_accounts/magic_link', {
        connector: 'intercom',
        identifier: 'u',
        user_verify_url: url,
      });
    for (const url of ['http://localhost:3001/verify', 'https://localhost/verify', LISTED]) {
      const answer = await link(url);
      expect([url, answer.status]).toEqual([url, 400]);
    }
    expect((await gate.patch('/api/v1/tenant', { redirect_allow_list: ['http://localhost:3001/'] })).status).toBe(400);
    expect((await gate.patch('/api/v1/tenant', { redirect_allow_list: [LISTED] })).status).toBe(200);
    expect((await link(LISTED)).status).toBe(200);
  });
});
