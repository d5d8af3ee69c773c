import { Browser, hiddenFields, send, type Answer } from '../../demo/src/http.js';
import { Harness, type Teammate } from './harness.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const VERIFIER = 'https://app.example/verify';

describe('the question whose account is being connected', () => {
  let gate: Harness;
  let alice: Teammate;
  let user: string;
  let users = 0;

  beforeAll(async () => {
    gate = await Harness.start();
    alice = (await gate.teammates()).find((one) => one.has_inbox_seat) as Teammate;
  });
  afterAll(() => gate.stop());
  beforeEach(() => {
    user = `user_${++users}`;
  });

  const cookieOf = ({ headers }: Answer): string =>
    [headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';')[0])
      .join('; ');
  const textOf = ({ text }: Answer): string => text.replace(/<style>[\s\S]*<\/style>|<[^>]*>/g, '');
  const titleOf = ({ text }: Answer): string => /<h1>(.*)<\/h1>/.exec(text)?.[1] ?? '';

  /** The answer that a page's own button would send, changed by `more`. */
  const answer = (link: string, page: Answer, more: Record<string, string> = {}, headers = {}): Promise<Answer> => {
    const form = { ...hiddenFields(page.text), decision: 'continue', ...more };
    return send(link, { method: 'POST', form, headers: { cookie: cookieOf(page), ...FORM, ...headers } });
  };
  const events = async (): Promise<string[]> =>
    (await gate.auditEvents(`&identifier=${user}`)).map(({ type, reason }) =>
      reason === null ? (type as string) : `${type as string}: ${reason as string}`,
    );

  it('names the user as the tenant does, the tenant and the provider, before anything is sent anywhere', async () => {
    const page = await send(await gate.magicLink(user, { organization_id: 'org_7' }));
    expect(page.status).toBe(200);
    expect(textOf(page)).toContain(
      `You are about to connect your account at Intercom for ${user} of org_7 at default. Is this you?`,
    );
    expect(textOf(page)).toContain(`You will sign in at ${new URL(gate.sandboxUrl).host}.`);
    expect(page.text).not.toContain(gate.sandboxUrl);
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
    expect(page.headers['content-security-policy']).toMatch(/form-action 'self'; frame-ancestors 'none'$/);
  });

  it('escapes what a tenant calls its users', async () => {
    const page = await send(await gate.magicLink('<script>alert(1)</script>'));
    expect(page.text).not.toContain('<script>');
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('leads on to the provider after a yes, and names in the end who was connected for whom', async () => {
    const { url, page } = await gate.connect(user, alice.id);
    expect(new URL(url).pathname).toBe('/connect/result/connected');
    expect(textOf(page)).toContain(`Connected for ${user} at default.`);
    expect((await gate.account(user))['status']).toBe('ACTIVE');
  });

  it('ends the link after a no, for every browser, and records that', async () => {
    const link = await gate.magicLink(user);
    const declined = await answer(link, await send(link), { decision: 'decline' });
    expect([declined.status, declined.headers['location']]).toEqual([303, `${gate.url}/connect/result/link_declined`]);
    expect(titleOf(await send(String(declined.headers['location'])))).toBe('Nothing was connected');
    expect((await send(link)).status).toBe(404);
    expect((await gate.account(user))['status']).toBe('PENDING_AUTH');
    expect(await events()).toContain('connected_account.link_declined');
  });

  it('takes whatever is not a clear yes for a no', async () => {
    const link = await gate.magicLink(user);
    expect((await answer(link, await send(link), { decision: 'Continue' })).headers['location']).toMatch(/declined$/);
  });

  it('is looked at by scanners and previews without effect: only an answer takes the link', async () => {
    const link = await gate.magicLink(user);
    for (let visits = 0; visits < 3; visits++) expect((await send(link)).status).toBe(200);
    const mine = await send(link);
    const theirs = await send(link);
    expect((await answer(link, mine)).text).toContain(gate.sandboxUrl);
    expect([(await answer(link, theirs)).status, (await send(link)).status]).toEqual([403, 403]);
    expect((await answer(link, mine)).status).toBe(200);
  });

  describe('O3 takes no answer', () => {
    const refused = async (attempt: (link: string, page: Answer) => Promise<Answer>): Promise<void> => {
      const link = await gate.magicLink(user);
      const page = await send(link);
      const reply = await attempt(link, page);
      expect([reply.status, titleOf(reply)]).toEqual([403, 'Your answer did not reach us']);
      expect(reply.text).not.toContain(gate.sandboxUrl);
      expect(await events()).toContain('connected_account.link_refused: link_unconfirmed');
      // Nothing was taken from the user by that
      expect((await answer(link, page)).status).toBe(200);
    };

    it('without the cookie of the browser in which it was asked', () =>
      refused((link, page) => answer(link, page, {}, { cookie: '' })));

    it('with the cookie of another browser', () =>
      refused(async (link, page) => answer(link, page, {}, { cookie: cookieOf(await send(link)) })));

    it('with the proof of another link', () =>
      refused(async (link, page) => {
        const other = await send(await gate.magicLink(user), { headers: { cookie: cookieOf(page) } });
        return answer(link, page, hiddenFields(other.text));
      }));

    it('with no proof, an empty one, or one that is repeated', () =>
      refused(async (link, page) => {
        expect((await answer(link, page, { proof: '' })).status).toBe(403);
        const { proof = '' } = hiddenFields(page.text);
        const headers = { cookie: cookieOf(page), ...FORM };
        const twice = `proof=${proof}&proof=${proof}&decision=continue`;
        expect((await send(link, { method: 'POST', raw: twice, headers })).status).toBe(403);
        return send(link, { method: 'POST', raw: 'decision=continue', headers });
      }));

    it.each(['cross-site', 'same-site', 'none'])('that a browser says comes from elsewhere: %s', (site) =>
      refused((link, page) => answer(link, page, {}, { 'sec-fetch-site': site })),
    );
  });

  describe('where the tenant has a verifier', () => {
    const settings = (body: object): Promise<Answer> => gate.patch('/api/v1/tenant', body);
    const connection = async (): Promise<string> => {
      const { connections } = (await gate.get('/api/v1/connections')).json() as { connections: { id: string }[] };
      return connections[0]?.id ?? '';
    };
    /** Where a browser ends up that consents; the verifier itself is not there to answer. */
    const consent = async (link: string): Promise<URL> => {
      const browser = new Browser();
      const asked = await browser.openConnectLink(link);
      await gate.answerConsent(browser, asked, { teammate: alice.id, decision: 'allow' }).catch(() => undefined);
      return new URL(browser.visited.at(-1) ?? '');
    };

    beforeAll(() => settings({ redirect_allow_list: [VERIFIER], default_user_verify_url: VERIFIER }));
    afterAll(() => settings({ redirect_allow_list: [], default_user_verify_url: '' }));

    it('O4 every link is verified without asking for it, and the tenant’s word activates', async () => {
      const link = await gate.magicLink(user);
      const opened = await send(link);
      expect(opened.status).toBe(302);
      const target = await consent(await gate.magicLink(user));
      expect(target.origin + target.pathname).toBe(VERIFIER);
      expect((await gate.account(user))['status']).toBe('PENDING_VERIFICATION');
      const vouched = await gate.post('/api/v1/connected_accounts/user/verify', {
        auth_request_id: target.searchParams.get('auth_request_id'),
        identifier: user,
      });
      expect([vouched.status, (await gate.account(user))['status']]).toEqual([200, 'ACTIVE']);
    });

    it('O4 a link that comes with a refused call is verified too', async () => {
      const link = await gate.magicLink(user);
      const call = await gate.execute('intercom_conversations_list', user, { limit: 1 });
      const { connect_url: url } = call.json() as { connect_url: string };
      expect(url).not.toBe(link);
      const target = await consent(url);
      expect(target.origin + target.pathname).toBe(VERIFIER);
    });

    it('O4 a link from before the verifier was set connects nobody without it', async () => {
      await settings({ default_user_verify_url: '' });
      const link = await gate.magicLink(user);
      const page = await send(link);
      await settings({ default_user_verify_url: VERIFIER });
      expect([(await send(link)).status, (await answer(link, page)).status]).toEqual([409, 409]);
      expect(await events()).toContain('connected_account.connect_failed: verification_unavailable');
    });

    it('a connection opts out by an explicit choice, on record, and then the user is asked', async () => {
      const id = await connection();
      const changed = await gate.patch(`/api/v1/connections/${id}`, { user_verification: 'off' });
      const record = (await gate.auditEvents()).find((each) => each['request_id'] === changed.headers['x-request-id']);
      expect(record).toMatchObject({
        type: 'connection.updated',
        detail: { user_verification: 'off', changed: ['userVerification'] },
      });
      expect(textOf(await send(await gate.magicLink(user)))).toContain('Is this you?');
      expect((await gate.connect(user, alice.id)).page.status).toBe(200);
      await gate.patch(`/api/v1/connections/${id}`, { user_verification: 'optional' });
    });
  });
});
