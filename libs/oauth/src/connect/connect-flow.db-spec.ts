import { Secret, type RequestContext } from '#app/kernel';
import { OAuthDouble, type DoubleFailure } from '#app/testing';
import { ended, ISSUER, OAuthKit, ToyBrowser } from '../../test/oauth-kit.js';
import type { Connection } from '../connections/connection.js';
import { newOpaqueToken } from '../opaque-token.js';
import { ConnectFailure, type ConnectFailureCode } from './connect-failure.js';

describe('connecting an account', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let connection: Connection;
  let browser: ToyBrowser;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    connection = await kit.connection(ctx);
    browser = new ToyBrowser();
  });
  afterEach(() => {
    Object.assign(kit.provider, {
      refusal: null,
      tokenFailure: null,
      identityFailure: null,
      issuer: null,
      grantedScope: 'things:read',
      user: { id: '1001', email: 'ada@example.com', workspace: 'ws_1' },
    });
  });

  /** The attempt ends in that failure, the trail says so, and the account is as it was. */
  const expectFailure = async (
    code: ConnectFailureCode,
    event: string,
    attempt: () => Promise<unknown>,
  ): Promise<void> => {
    const before = await kit.snapshot(ctx);
    expect(await ended(attempt())).toBe(code);
    expect(await kit.snapshot(ctx)).toEqual(before);
    expect((await kit.events(ctx)).at(-1)).toBe(`connected_account.${event}: ${code}`);
  };

  it('makes the account active as whoever consented, and says so in the trail', async () => {
    expect(await kit.connect(ctx, 'user_1')).toEqual({
      outcome: 'connected',
      provider: 'Toy toy',
      label: 'ada@example.com',
      identifier: 'user_1',
      tenantName: 'toy tenant',
    });
    expect(await kit.account(ctx, 'user_1')).toMatchObject({
      status: 'ACTIVE',
      version: 2,
      principal: { id: '1001', tenant: 'ws_1', label: 'ada@example.com' },
      grantedScopes: ['things:read'],
    });
    expect(await kit.events(ctx)).toEqual([
      'connection.created',
      'connected_account.created',
      'connected_account.link_created',
      'connected_account.link_opened',
      'connected_account.activated',
    ]);
  });

  it('works with a provider that wants the secret in the body and knows no PKCE', async () => {
    await kit.connection(ctx, { connector: 'plain' });
    await kit.connect(ctx, 'user_1', { connection: 'plain' });
    expect(await kit.account(ctx, 'user_1', 'plain')).toMatchObject({ status: 'ACTIVE' });
  });

  describe('the link', () => {
    it('is refused when it was never made', async () => {
      expect(await ended(kit.open(browser, 'x'.repeat(43)))).toBe('link_unknown');
      expect(await ended(kit.open(browser, '../../etc/passwd'))).toBe('link_unknown');
    });

    it('is refused once it has expired', async () => {
      const link = await kit.link(ctx, 'user_1');
      kit.clock.advance(600_001);
      await expectFailure('link_expired', 'link_refused', () => kit.open(browser, link));
    });

    it('is refused once an account was connected with it', async () => {
      const link = await kit.link(ctx, 'user_1');
      await kit.comeBack(browser, kit.provider.authorize(await kit.open(browser, link)));
      await expectFailure('link_used', 'link_refused', () => kit.flows.open(browser.visit(), link));
    });

    it('sends no tab to the provider that was opened before another one connected an account with it', async () => {
      const link = await kit.link(ctx, 'user_1');
      const asked = await kit.open(browser, link);
      const opened = await kit.flows.open(browser.visit(), link);
      await kit.comeBack(browser, kit.provider.authorize(asked));
      const visit = { ...browser.visit(), browser: browser.cookie ?? '' };
      await expectFailure('link_used', 'link_refused', () => kit.flows.begin(visit, opened, null));
    });

    it('is declined once', async () => {
      const opened = await kit.flows.open(browser.visit(), await kit.link(ctx, 'user_1'));
      await kit.flows.decline(browser.visit(), opened);
      await expectFailure('link_unknown', 'link_refused', () => kit.flows.decline(browser.visit(), opened));
    });

    it('sends no browser to the provider when the account was disconnected while its user was asked', async () => {
      const opened = await kit.flows.open(browser.visit(), await kit.link(ctx, 'user_1'));
      await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
      const visit = { ...browser.visit(), browser: newOpaqueToken() };
      await expectFailure('link_unknown', 'link_refused', () => kit.flows.begin(visit, opened, null));
    });

    it('works in the browser that opened it first, again and again, and in no other', async () => {
      const link = await kit.link(ctx, 'user_1');
      await kit.open(browser, link);
      await expectFailure('link_other_browser', 'link_refused', () => kit.open(new ToyBrowser(), link));
      // Nor is the question shown there, which names the user
      for (const cookie of [null, newOpaqueToken()])
        expect(await ended(kit.flows.open({ ...browser.visit(), browser: cookie }, link))).toBe('link_other_browser');
      const again = await kit.open(browser, link);
      expect(await kit.comeBack(browser, kit.provider.authorize(again))).toMatchObject({ outcome: 'connected' });
    });

    it('is won by one of two browsers that open it at the same moment', async () => {
      const link = await kit.link(ctx, 'user_1');
      const results = await Promise.all(Array.from({ length: 5 }, () => ended(kit.open(new ToyBrowser(), link))));
      expect(results.toSorted()).toEqual([...Array<string>(4).fill('link_other_browser'), 'succeeded']);
    });

    it('is refused while its connection is switched off', async () => {
      const link = await kit.link(ctx, 'user_1');
      await kit.sql(ctx, `UPDATE connections SET status = 'disabled'`);
      await expectFailure('connection_disabled', 'link_refused', () => kit.open(browser, link));
    });
  });

  describe('the callback', () => {
    const callback = async (identifier = 'user_1'): Promise<URL> =>
      kit.provider.authorize(await kit.open(browser, await kit.link(ctx, identifier)));

    /** Everything but the last step: what came back is spent and exchanged, and waits to be stored. */
    const exchanged = async (tab: ToyBrowser, back: URL): Promise<{ finish: () => Promise<unknown> }> => {
      const visit = tab.visit();
      const mark = { state: back.searchParams.get('state'), connectionId: connection.id, issuer: null };
      const spent = await kit.flows.spend(visit, mark);
      const grant = await kit.flows.exchange(visit, spent, new Secret(back.searchParams.get('code') ?? ''));
      return { finish: () => kit.flows.complete(visit, spent, grant) };
    };

    it('O1 refuses a code that arrives at the redirect URI of another connection, before it is sent anywhere', async () => {
      const other = await kit.connection(ctx, { name: 'toy two' });
      const stolen = await callback();
      stolen.pathname = new URL(other.redirectUri).pathname;
      const offered = kit.provider.offeredCodes.length;
      await expectFailure('state_other_connection', 'link_refused', () => kit.comeBack(browser, stolen));
      expect(kit.provider.offeredCodes).toHaveLength(offered);
      expect(other.redirectUri).not.toBe(connection.redirectUri);
    });

    it('O1 refuses an answer that names another issuer, and takes one that names the right one', async () => {
      const { hostname } = new URL(kit.provider.url);
      for (const other of ['https://evil.example', `http://${hostname}`, `https://${kit.provider.host}`]) {
        kit.provider.issuer = other;
        const mixedUp = await callback();
        await expectFailure('issuer_mismatch', 'connect_failed', () => kit.comeBack(browser, mixedUp));
      }
      kit.provider.issuer = kit.provider.url;
      expect(await kit.comeBack(browser, await callback())).toMatchObject({ outcome: 'connected' });
    });

    it.each([
      ['no issuer', null],
      ['the issuer with a slash more', `${ISSUER}/`],
      ['the issuer in capitals', ISSUER.toUpperCase()],
      ['the origin of the issuer', new URL(ISSUER).origin],
      ['the issuer of another tenant there', `${new URL(ISSUER).origin}/other`],
      ['the origin of the endpoint that was asked', 'of the endpoint'],
    ])('O1 O9 refuses an answer with %s where the manifest names the issuer', async (_, issuer) => {
      connection = await kit.connection(ctx, { connector: 'strict', name: 'strict' });
      const back = async (): Promise<URL> =>
        kit.provider.authorize(await kit.open(browser, await kit.link(ctx, 'user_1', { connection: 'strict' })));
      kit.provider.issuer = issuer === 'of the endpoint' ? kit.provider.url : issuer;
      const offered = kit.provider.offeredCodes.length;
      const mixedUp = await back();
      await expectFailure('issuer_mismatch', 'connect_failed', () => kit.comeBack(browser, mixedUp));
      expect(kit.provider.offeredCodes).toHaveLength(offered);
      kit.provider.issuer = ISSUER;
      expect(await kit.comeBack(browser, await back())).toMatchObject({ outcome: 'connected' });
    });

    it('O9 sends no code to a token endpoint that the egress guard does not let through', async () => {
      const inside = await OAuthDouble.start();
      const { authorizeUrl, apiUrl } = kit.provider.endpoints;
      const endpoints = { authorizeUrl, apiUrl, tokenUrl: inside.endpoints.tokenUrl };
      await kit.connection(ctx, { name: 'inside', endpoints });
      const asked = await kit.open(browser, await kit.link(ctx, 'user_2', { connection: 'inside' }));
      expect(await ended(kit.comeBack(browser, kit.provider.authorize(asked)))).toBe('exchange_failed');
      expect(inside.offeredCodes).toEqual([]);
      await inside.stop();
    });

    it('O10 tells the trail which of the scopes that were asked for were not granted', async () => {
      const granted = async (): Promise<unknown> => {
        await kit.comeBack(browser, await callback());
        return (await kit.rawEvents(ctx)).at(-1)?.detail;
      };
      kit.provider.grantedScope = 'things:write';
      expect(await granted()).toEqual({ granted_scopes: ['things:write'], missing_scopes: ['things:read'] });
      kit.provider.grantedScope = null;
      expect(await granted()).toEqual({ granted_scopes: ['things:read'], missing_scopes: [] });
    });

    it('O10 takes an answer without scopes for what this user was asked for, not for what was added meanwhile', async () => {
      kit.provider.grantedScope = null;
      const back = await callback();
      await kit.sql(ctx, `UPDATE connections SET scopes = '{things:read,things:admin}'`);
      await kit.comeBack(browser, back);
      expect((await kit.account(ctx, 'user_1')).grantedScopes).toEqual(['things:read']);
    });

    it('O2 keeps only a digest of a state of at least 128 bits, bound to tenant, connection, account and browser', async () => {
      const asked = await kit.open(browser, await kit.link(ctx, 'user_1'));
      const state = asked.searchParams.get('state') ?? '';
      expect(Buffer.from(state, 'base64url').length).toBeGreaterThanOrEqual(16);
      const [row] = await kit.sql<Record<string, unknown> & { expires_at: Date }>(ctx, 'SELECT * FROM oauth_flows');
      const { id } = await kit.account(ctx, 'user_1');
      expect(row).toMatchObject({ tenant_id: ctx.tenantId, connection_id: connection.id, account_id: id });
      expect(row?.state_hash).toHaveLength(32);
      expect(row?.browser_hash).toHaveLength(32);
      expect(JSON.stringify(row)).not.toContain(state);
      expect((row?.expires_at.getTime() ?? Infinity) - kit.clock.now()).toBeLessThanOrEqual(600_000);
    });

    it('O2 refuses a state that is missing, forged or expired', async () => {
      const forged = await callback();
      forged.searchParams.set('state', 'A'.repeat(43));
      await expectFailure('state_unknown', 'link_refused', () => kit.comeBack(browser, forged));
      forged.searchParams.delete('state');
      await expectFailure('state_unknown', 'link_refused', () => kit.comeBack(browser, forged));
      const late = await callback();
      kit.clock.advance(600_001);
      await expectFailure('state_expired', 'link_refused', () => kit.comeBack(browser, late));
    });

    it('O2 refuses a state that was used before', async () => {
      const first = await callback();
      await kit.comeBack(browser, first);
      await expectFailure('state_unknown', 'link_refused', () => kit.comeBack(browser, first));
    });

    it('O3 refuses a browser that did not open the link, before the code is sent anywhere', async () => {
      const offered = kit.provider.offeredCodes.length;
      const started = await callback();
      await expectFailure('state_other_browser', 'link_refused', () => kit.comeBack(new ToyBrowser(), started));
      const second = await callback();
      const attacker = new ToyBrowser();
      await kit.open(attacker, await kit.link(ctx, 'attacker'));
      await expectFailure('state_other_browser', 'link_refused', () => kit.comeBack(attacker, second));
      expect(kit.provider.offeredCodes).toHaveLength(offered);
      // the flow still belongs to the browser that started it
      expect(await kit.comeBack(browser, second)).toMatchObject({ outcome: 'connected' });
    });

    it('O7 lets the right browser finish once, however many wrong ones try at the same moment', async () => {
      const back = await callback();
      const strangers = Array.from({ length: 4 }, () => ended(kit.comeBack(new ToyBrowser(), back)));
      const own = Array.from({ length: 3 }, () => ended(kit.comeBack(browser, back)));
      const results = await Promise.all([...strangers, ...own]);
      expect(results.filter((end) => end === 'succeeded')).toHaveLength(1);
      expect(results.slice(0, 4)).not.toContain('succeeded');
    });

    it('O6 asks with an S256 challenge, keeps the verifier sealed, and sends it along with the code', async () => {
      const asked = await kit.open(browser, await kit.link(ctx, 'user_1'));
      expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
      const [row] = await kit.sql<{ pkce_verifier_sealed: Buffer }>(
        ctx,
        'SELECT pkce_verifier_sealed FROM oauth_flows',
      );
      expect(row?.pkce_verifier_sealed.length).toBeGreaterThan(60);
      const swapped = kit.provider.authorize(asked);
      // the double issues a code for another challenge: the verifier of this flow does not fit
      const elsewhere = new URL(asked);
      elsewhere.searchParams.set('code_challenge', 'B'.repeat(43));
      swapped.searchParams.set('code', kit.provider.authorize(elsewhere).searchParams.get('code') ?? '');
      await expectFailure('code_refused', 'connect_failed', () => kit.comeBack(browser, swapped));
    });

    it('V2 offers no code when the verifier is another flow’s, and takes that for an incident', async () => {
      const [mine, theirs] = [await callback(), await callback('user_2')];
      await kit.sql(
        ctx,
        `UPDATE oauth_flows SET pkce_verifier_sealed =
           (SELECT f.pkce_verifier_sealed FROM oauth_flows f JOIN connected_accounts a ON a.id = f.account_id
            WHERE a.identifier = 'user_2')`,
      );
      const offered = kit.provider.offeredCodes.length;
      expect(await ended(kit.comeBack(browser, mine))).toBe('not_available');
      expect(kit.provider.offeredCodes).toHaveLength(offered);
      expect((await kit.rawEvents(ctx)).at(-1)).toMatchObject({
        type: 'vault.open_failed',
        connectionId: connection.id,
        detail: { stored: 'pkce_verifier' },
      });
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'PENDING_AUTH' });
      expect(await kit.comeBack(browser, theirs)).toMatchObject({ outcome: 'connected' });
    });

    it('O7 lets exactly one of five racing callbacks exchange the code', async () => {
      const once = await callback();
      const offered = kit.provider.offeredCodes.length;
      const results = await Promise.all(Array.from({ length: 5 }, () => ended(kit.comeBack(browser, once))));
      expect(results.toSorted()).toEqual([...Array<string>(4).fill('state_unknown'), 'succeeded']);
      expect(kit.provider.offeredCodes).toHaveLength(offered + 1);
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 2 });
    });

    it('records a refusal of consent and of the provider', async () => {
      const spend = async (): Promise<unknown> => {
        kit.provider.refusal = 'access_denied';
        const back = await callback();
        const visit = browser.visit();
        const mark = { state: back.searchParams.get('state'), connectionId: connection.id, issuer: null };
        const spent = await kit.flows.spend(visit, mark);
        return kit.flows.refuse(visit, spent, new ConnectFailure('consent_refused'));
      };
      expect(await ended(spend())).toBe('consent_refused');
      expect((await kit.events(ctx)).at(-1)).toBe('connected_account.consent_refused: consent_refused');
      expect(await kit.sql(ctx, 'SELECT 1 FROM oauth_flows')).toEqual([]);
    });

    it.each<[DoubleFailure, ConnectFailureCode]>([
      ['hang', 'exchange_timeout'],
      ['server_error', 'exchange_failed'],
      ['html', 'exchange_failed'],
      ['redirect', 'exchange_failed'],
      ['empty', 'exchange_failed'],
      ['invalid_client', 'exchange_failed'],
      ['invalid_grant', 'code_refused'],
    ])('changes nothing when the token endpoint answers with %s', async (failure, code) => {
      const back = await callback();
      kit.provider.tokenFailure = failure;
      const attempt = (): Promise<unknown> => kit.comeBack(browser, back);
      await expectFailure(code, 'connect_failed', failure === 'hang' ? () => kit.hurried(attempt) : attempt);
    });

    it.each<[DoubleFailure, ConnectFailureCode]>([
      ['hang', 'identity_timeout'],
      ['empty', 'identity_failed'],
      ['html', 'identity_failed'],
      ['forbidden', 'identity_failed'],
      ['redirect', 'identity_failed'],
    ])('changes nothing when the provider answers the question who consented with %s', async (failure, code) => {
      const back = await callback();
      kit.provider.identityFailure = failure;
      const attempt = (): Promise<unknown> => kit.comeBack(browser, back);
      await expectFailure(code, 'connect_failed', failure === 'hang' ? () => kit.hurried(attempt) : attempt);
    });

    it('O5 refuses another user or workspace than before, and leaves the account as it was', async () => {
      await kit.comeBack(browser, await callback());
      for (const somebodyElse of [
        { id: '2002', email: 'eve@example.com', workspace: 'ws_1' },
        { id: '1001', email: 'ada@example.com', workspace: 'ws_2' },
      ]) {
        kit.provider.user = somebodyElse;
        const back = await callback();
        await expectFailure('identity_mismatch', 'connect_failed', () => kit.comeBack(browser, back));
      }
      expect(await kit.account(ctx, 'user_1')).toMatchObject({
        status: 'ACTIVE',
        version: 2,
        principal: { id: '1001' },
      });
    });

    it('refuses a consent from before a disconnect, at each moment at which it can come back', async () => {
      await kit.comeBack(browser, await callback());
      const { id } = await kit.account(ctx, 'user_1');
      const early = await callback();
      await kit.accounts.disconnect(ctx, id);
      await expectFailure('state_unknown', 'link_refused', () => kit.comeBack(browser, early));

      const late = await exchanged(browser, await callback());
      await kit.accounts.disconnect(ctx, id);
      // even when the user has begun anew meanwhile, so that the account is waiting for consent again
      await callback();
      await expectFailure('account_gone', 'connect_failed', late.finish);
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'PENDING_AUTH' });
    });

    it('never brings back an account whose disconnect races its consent', async () => {
      for (let n = 0; n < 10; n++) {
        const user = `racer_${n}`;
        const tab = new ToyBrowser();
        const asked = await kit.open(tab, await kit.link(ctx, user));
        const { finish } = await exchanged(tab, kit.provider.authorize(asked));
        const { id } = await kit.account(ctx, user);
        await Promise.allSettled([finish(), kit.accounts.disconnect(ctx, id)]);
        expect(await kit.account(ctx, user)).toMatchObject({ status: 'DISCONNECTED' });
      }
      expect(await kit.sql(ctx, 'SELECT 1 FROM credentials')).toEqual([]);
    });

    it('refuses to bring back an account that was deleted meanwhile', async () => {
      const { finish } = await exchanged(browser, await callback());
      await kit.accounts.delete(ctx, { connection: 'toy', identifier: 'user_1' });
      await expectFailure('account_gone', 'connect_failed', finish);
      expect(await kit.sql(ctx, 'SELECT 1 FROM connected_accounts')).toEqual([]);
    });

    it('stores one consent per link, also when two tabs were sent to the provider with it', async () => {
      const link = await kit.link(ctx, 'user_1');
      const tabs = [await kit.open(browser, link), await kit.open(browser, link)];
      const [first, second] = await Promise.all(tabs.map((asked) => exchanged(browser, kit.provider.authorize(asked))));
      await first?.finish();
      await expectFailure('link_used', 'link_refused', () => second?.finish() ?? Promise.resolve());
    });

    it('sends no code anywhere for a tab that comes back after another one connected the account', async () => {
      const link = await kit.link(ctx, 'user_1');
      const [first, second] = [await kit.open(browser, link), await kit.open(browser, link)];
      await kit.comeBack(browser, kit.provider.authorize(first));
      const offered = kit.provider.offeredCodes.length;
      const late = kit.provider.authorize(second);
      await expectFailure('state_unknown', 'link_refused', () => kit.comeBack(browser, late));
      expect(kit.provider.offeredCodes).toHaveLength(offered);
    });

    it('keeps forty mixed flows of two tenants apart', async () => {
      const otherCtx = await kit.tenant();
      await kit.connection(otherCtx);
      const flow = async (n: number): Promise<unknown> => {
        const tenant = n % 2 === 0 ? ctx : otherCtx;
        const own = new ToyBrowser();
        const asked = await kit.open(own, await kit.link(tenant, `user_${n}`));
        // the double consents when it is asked, so the user stands for this flow only
        kit.provider.user = { id: `p${n}`, email: `p${n}@example.com`, workspace: tenant.tenantId };
        return kit.comeBack(own, kit.provider.authorize(asked));
      };
      // Eight at a time: a busy machine must not make them wait for the few connections of a test
      for (let first = 0; first < 40; first += 8)
        await Promise.all(Array.from({ length: 8 }, (_, n) => flow(first + n)));
      for (let n = 0; n < 40; n++)
        expect(await kit.account(n % 2 === 0 ? ctx : otherCtx, `user_${n}`)).toMatchObject({
          status: 'ACTIVE',
          principal: { id: `p${n}`, tenant: (n % 2 === 0 ? ctx : otherCtx).tenantId },
        });
    });
  });

  describe('connecting again', () => {
    it('leaves the account in use until the new consent succeeds, and then raises its version', async () => {
      await kit.connect(ctx, 'user_1');
      const asked = await kit.open(browser, await kit.link(ctx, 'user_1'));
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 2 });
      await kit.comeBack(browser, kit.provider.authorize(asked));
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 3 });
      const [credential] = await kit.sql<{ version: number }>(ctx, 'SELECT version FROM credentials');
      expect(credential?.version).toBe(3);
    });

    it('survives two flows of one account that finish at the same moment', async () => {
      const tabs = await Promise.all(
        [new ToyBrowser(), new ToyBrowser(), new ToyBrowser()].map(async (tab) => ({
          tab,
          back: kit.provider.authorize(await kit.open(tab, await kit.link(ctx, 'user_1'))),
        })),
      );
      await Promise.all(tabs.map(({ tab, back }) => kit.comeBack(tab, back)));
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 4 });
    });

    it('starts from an account that was disconnected', async () => {
      await kit.connect(ctx, 'user_1');
      await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
      const asked = await kit.open(browser, await kit.link(ctx, 'user_1'));
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'PENDING_AUTH' });
      await kit.comeBack(browser, kit.provider.authorize(asked));
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE' });
    });
  });
});
