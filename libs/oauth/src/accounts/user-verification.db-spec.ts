import type { RequestContext } from '#app/kernel';
import { ended, OAuthKit, ToyBrowser } from '../../test/oauth-kit.js';
import { ConnectionsService } from '../connections/connections.service.js';
import { CredentialLease } from '../credentials/credential-lease.js';
import { CredentialSeals } from '../credentials/credential-seals.js';

describe('user verification', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
  });
  afterEach(() => {
    kit.provider.user = { id: '1001', email: 'ada@example.com', workspace: 'ws_1' };
  });

  const verify = (authRequestId: string, identifier: string, as = ctx, organizationId?: string): Promise<unknown> =>
    kit.accounts.verifyUser(as, { authRequestId, identifier, organizationId });
  /** Something that happens after a waiting consent was read and before its account is locked. */
  const beforeTheNextDecision = (happen: () => Promise<unknown>): void => {
    const seals = kit.get(CredentialSeals);
    const open = seals.open.bind(seals);
    seals.open = async (...place) => {
      seals.open = open;
      const tokens = await open(...place);
      await happen();
      return tokens;
    };
  };
  const credentials = (): Promise<{ slot: string; version: number }[]> =>
    kit.sql(ctx, 'SELECT slot, version FROM credentials ORDER BY slot');

  it('sends the browser to the tenant with the request and its own state, and nothing else that is secret', async () => {
    const browser = new ToyBrowser();
    const more = { userVerifyUrl: 'https://app.example/verify?tab=1', state: 'a&b=c' };
    const asked = await kit.open(browser, await kit.link(ctx, 'user_1', more));
    const result = await kit.comeBack(browser, kit.provider.authorize(asked));
    if (result.outcome !== 'verify') throw new Error('no verification');
    const url = new URL(result.redirectTo);
    expect(url.origin + url.pathname).toBe('https://app.example/verify');
    expect([...url.searchParams.keys()]).toEqual(['tab', 'auth_request_id', 'state']);
    expect(url.searchParams.get('state')).toBe('a&b=c');
    expect(Buffer.from(url.searchParams.get('auth_request_id') ?? '', 'base64url')).toHaveLength(32);
  });

  it('O4 keeps the credential apart until the tenant vouches for the user, who then is active', async () => {
    const request = await kit.awaitVerification(ctx, 'user_1');
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'PENDING_VERIFICATION', principal: null });
    expect(await credentials()).toMatchObject([{ slot: 'pending' }]);
    await verify(request, 'user_1');
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 3, principal: { id: '1001' } });
    expect(await credentials()).toEqual([{ slot: 'active', version: 3 }]);
    expect((await kit.events(ctx)).slice(-2)).toEqual([
      'connected_account.verification_pending',
      'connected_account.activated',
    ]);
  });

  it('O4 destroys what was granted when another user is signed in', async () => {
    const request = await kit.awaitVerification(ctx, 'user_1');
    expect(await ended(verify(request, 'user_2'))).toBe('permission_denied');
    expect(await credentials()).toEqual([]);
    expect(await kit.account(ctx, 'user_1')).toMatchObject({
      status: 'PENDING_AUTH',
      statusReason: 'identifier_mismatch',
    });
    expect(await ended(verify(request, 'user_1'))).toBe('not_found');
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.verification_refused: identifier_mismatch');
  });

  it.each<[string, string, string | undefined, string | undefined]>([
    ['of another organization', 'refused', 'org_a', 'org_b'],
    ['without an organization', 'refused', 'org_a', undefined],
    ['of an organization where the account has none', 'refused', undefined, 'org_a'],
    ['of the same organization', 'taken', 'org_a', 'org_a'],
    ['with an empty organization, which is none,', 'taken', undefined, ''],
  ])('O4 a user with the identifier, but %s is %s', async (_, verdict, organizationId, signedIn) => {
    const request = await kit.awaitVerification(ctx, 'user_1', { organizationId });
    if (verdict === 'taken') {
      await verify(request, 'user_1', ctx, signedIn);
      expect(await credentials()).toMatchObject([{ slot: 'active' }]);
      return;
    }
    expect(await ended(verify(request, 'user_1', ctx, signedIn))).toBe('permission_denied');
    expect(await credentials()).toEqual([]);
    expect(await ended(verify(request, 'user_1', ctx, organizationId))).toBe('not_found');
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.verification_refused: organization_mismatch');
  });

  describe('is not gone around by a link that nobody asked for', () => {
    const verified = { userVerifyUrl: 'https://app.example/verify' };
    const unasked = async (): Promise<string | null> => {
      const made = await kit.accounts.reconnectLink(ctx, (await kit.account(ctx, 'user_1')).id);
      return made === null ? null : (made.link.split('/').at(-1) ?? '');
    };

    it('which exists only for an account for which verification was never asked', async () => {
      await kit.accounts.create(ctx, { connection: 'toy', identifier: 'user_1' });
      expect(await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy')).toMatchObject({
        verificationAsked: false,
      });
      expect(await unasked()).not.toBeNull();
      await kit.link(ctx, 'user_1', verified);
      expect(await unasked()).toBeNull();
      await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
      expect(await unasked()).toBeNull();
      expect(await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy')).toMatchObject({
        verificationAsked: true,
      });
    });

    it('and was made before: it ends with the first link that asks for verification', async () => {
      await kit.accounts.create(ctx, { connection: 'toy', identifier: 'user_1' });
      const browser = new ToyBrowser();
      const before = (await unasked()) ?? '';
      const back = kit.provider.authorize(await kit.open(browser, before));
      await kit.link(ctx, 'user_1', verified);
      expect(await ended(kit.open(browser, before))).toBe('link_unknown');
      expect(await ended(kit.comeBack(browser, back))).toBe('state_unknown');
      expect(await credentials()).toEqual([]);
    });

    it('at the same moment', async () => {
      for (let n = 0; n < 10; n++) {
        await kit.sql(ctx, 'DELETE FROM connected_accounts');
        await kit.accounts.create(ctx, { connection: 'toy', identifier: 'user_1' });
        await Promise.all([unasked(), kit.link(ctx, 'user_1', verified), unasked()]);
        expect(await kit.sql(ctx, 'SELECT 1 FROM connect_links WHERE user_verify_url IS NULL')).toEqual([]);
      }
    });
  });

  it('O4 refuses a request that is unknown, of another tenant, used, or older than ten minutes', async () => {
    const request = await kit.awaitVerification(ctx, 'user_1');
    expect(await ended(verify('x'.repeat(43), 'user_1'))).toBe('not_found');
    expect(await ended(verify(request, 'user_1', await kit.tenant()))).toBe('not_found');
    await verify(request, 'user_1');
    expect(await ended(verify(request, 'user_1'))).toBe('not_found');
    const late = await kit.awaitVerification(ctx, 'user_2');
    kit.clock.advance(600_001);
    expect(await ended(verify(late, 'user_2'))).toBe('not_found');
    expect(await kit.account(ctx, 'user_2')).toMatchObject({ status: 'PENDING_AUTH' });
    expect(await credentials()).toMatchObject([{ slot: 'active' }]);
  });

  it('lets one of several racing verifications through', async () => {
    const request = await kit.awaitVerification(ctx, 'user_1');
    const results = await Promise.all(Array.from({ length: 4 }, () => ended(verify(request, 'user_1'))));
    expect(results.toSorted()).toEqual(['not_found', 'not_found', 'not_found', 'succeeded']);
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 3 });
  });

  it('leaves an active account alone while a new consent waits, and when that is refused', async () => {
    await verify(await kit.awaitVerification(ctx, 'user_1'), 'user_1');
    const active = await kit.account(ctx, 'user_1');
    const again = await kit.awaitVerification(ctx, 'user_1');
    expect(await kit.account(ctx, 'user_1')).toEqual(active);
    expect(await ended(verify(again, 'user_2'))).toBe('permission_denied');
    expect(await kit.account(ctx, 'user_1')).toEqual(active);
    expect(await credentials()).toEqual([{ slot: 'active', version: 3 }]);
  });

  it('takes the newest of several waiting consents', async () => {
    const older = await kit.awaitVerification(ctx, 'user_1');
    const newer = await kit.awaitVerification(ctx, 'user_1');
    expect(await ended(verify(older, 'user_1'))).toBe('not_found');
    await verify(newer, 'user_1');
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE' });
  });

  it('does not bring back an account that was disconnected meanwhile', async () => {
    const request = await kit.awaitVerification(ctx, 'user_1');
    await kit.accounts.disconnect(ctx, (await kit.account(ctx, 'user_1')).id);
    expect(await ended(verify(request, 'user_1'))).toBe('not_found');
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'DISCONNECTED' });
    // Who consented is forgotten with it
    expect(await kit.sql(ctx, 'SELECT 1 FROM verification_requests')).toEqual([]);
  });

  it('O5 refuses a waiting consent when the account was connected as somebody else meanwhile', async () => {
    kit.provider.user = { id: '2002', email: 'eve@example.com', workspace: 'ws_1' };
    const waiting = await kit.awaitVerification(ctx, 'user_1');
    const kept = await kit.sql<object>(ctx, 'SELECT * FROM verification_requests');
    kit.provider.user = { id: '1001', email: 'ada@example.com', workspace: 'ws_1' };
    await kit.sql(ctx, `UPDATE connected_accounts SET principal = '{"id":"1001","tenant":"ws_1"}', status = 'ACTIVE'`);
    expect(kept).toHaveLength(1);
    expect(await ended(verify(waiting, 'user_1'))).toBe('conflict');
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', principal: { id: '1001' } });
  });

  it('takes no consent that another one replaces at the very moment in which the tenant vouches for it', async () => {
    await verify(await kit.awaitVerification(ctx, 'user_1'), 'user_1');
    const active = await kit.account(ctx, 'user_1');
    const older = await kit.awaitVerification(ctx, 'user_1');
    beforeTheNextDecision(() => kit.awaitVerification(ctx, 'user_1'));
    expect(await ended(verify(older, 'user_1'))).toBe('not_found');
    expect(await kit.account(ctx, 'user_1')).toEqual(active);
  });

  it('seals anew for an account that lost its credential at the very moment in which the tenant vouches for the next', async () => {
    await verify(await kit.awaitVerification(ctx, 'user_1'), 'user_1');
    const { id, version } = await kit.account(ctx, 'user_1');
    const request = await kit.awaitVerification(ctx, 'user_1');
    beforeTheNextDecision(() => kit.accounts.markRevokedByProvider(ctx, { id, version }, 'expired', 'EXPIRED'));
    await verify(request, 'user_1');
    const account = await kit.accounts.resolveForCall(ctx, { connectedAccountId: id }, 'toy');
    expect(account).toMatchObject({ status: 'ACTIVE', version: version + 2 });
    expect(await ended(kit.get(CredentialLease).authorise(ctx, account))).toBe('succeeded');
  });

  it('takes no other waiting credential than the one that came with the request', async () => {
    const request = await kit.awaitVerification(ctx, 'user_1');
    await kit.sql(ctx, 'UPDATE verification_requests SET credential_version = credential_version + 1');
    expect(await ended(verify(request, 'user_1'))).toBe('not_found');
    expect(await credentials()).toMatchObject([{ slot: 'pending' }]);
  });

  it('O8 sends no browser to a verifier that the tenant has taken off its list, whether it is on its way or comes back', async () => {
    const browser = new ToyBrowser();
    const link = await kit.link(ctx, 'user_1', { userVerifyUrl: 'https://app.example/verify' });
    const back = kit.provider.authorize(await kit.open(browser, link));
    await kit.sql(ctx, `UPDATE tenants SET redirect_allow_list = '{}'`);
    expect(await ended(kit.flows.open(browser.visit(), link))).toBe('redirect_not_allowed');
    expect(await ended(kit.comeBack(browser, back))).toBe('redirect_not_allowed');
    expect(await credentials()).toEqual([]);
  });

  describe('of a connection that requires it', () => {
    beforeEach(async () => {
      const connections = kit.get(ConnectionsService);
      const [connection] = await connections.all(ctx);
      await connections.update(ctx, connection?.id ?? '', { userVerification: 'required' });
    });

    it('gives no link that nobody asked for', async () => {
      const { id } = await kit.accounts.create(ctx, { connection: 'toy', identifier: 'user_1' });
      expect(await kit.accounts.reconnectLink(ctx, id)).toBeNull();
      expect(await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy')).toMatchObject({
        verificationAsked: true,
      });
    });

    it('refuses a link without a verify URL', async () => {
      expect(await ended(kit.link(ctx, 'user_1'))).toBe('invalid_arguments');
    });

    it('refuses a consent through a link that was made before it was required', async () => {
      const connections = kit.get(ConnectionsService);
      const [connection] = await connections.all(ctx);
      const id = connection?.id ?? '';
      await connections.update(ctx, id, { userVerification: 'optional' });
      const browser = new ToyBrowser();
      const link = await kit.link(ctx, 'user_1');
      const back = kit.provider.authorize(await kit.open(browser, link));
      await connections.update(ctx, id, { userVerification: 'required' });
      expect(await ended(kit.flows.open(browser.visit(), link))).toBe('verification_unavailable');
      expect(await ended(kit.comeBack(browser, back))).toBe('verification_unavailable');
      expect(await credentials()).toEqual([]);
    });

    it('O4 refuses a consent through a link from before the tenant had a verifier, unless the connection opted out', async () => {
      const connections = kit.get(ConnectionsService);
      const [connection] = await connections.all(ctx);
      const id = connection?.id ?? '';
      const rule = (userVerification: 'optional' | 'off') => connections.update(ctx, id, { userVerification });
      await rule('optional');
      const browser = new ToyBrowser();
      const back = async (): Promise<URL> =>
        kit.provider.authorize(await kit.open(browser, await kit.link(ctx, 'user_1')));
      const early = await back();
      await kit.sql(ctx, `UPDATE tenants SET default_user_verify_url = 'https://app.example/verify'`);
      expect(await ended(kit.comeBack(browser, early))).toBe('verification_unavailable');
      expect(await credentials()).toEqual([]);
      await rule('off');
      expect(await kit.comeBack(browser, await back())).toMatchObject({ outcome: 'connected' });
      await rule('optional');
      expect(await kit.comeBack(browser, await back())).toMatchObject({ outcome: 'verify' });
    });
  });

  it.each([
    'javascript:alert(1)',
    '//evil.example/x',
    'http://app.example/verify',
    'https://u:p@app.example/',
    'https://app.example/#x',
  ])('O8 refuses %s as a verify URL', async (userVerifyUrl) => {
    expect(await ended(kit.link(ctx, 'user_1', { userVerifyUrl }))).toBe('invalid_arguments');
  });
});
