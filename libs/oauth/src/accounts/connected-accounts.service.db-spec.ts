import { newId, type RequestContext } from '#app/kernel';
import { ended, OAuthKit, ToyBrowser } from '../../test/oauth-kit.js';
import type { AccountForCall } from './connected-account.js';

describe('ConnectedAccountsService', () => {
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

  const create = (identifier: string, more: object = {}): ReturnType<typeof kit.accounts.create> =>
    kit.accounts.create(ctx, { connection: 'toy', identifier, ...more });

  describe('create', () => {
    it('makes an account that waits for consent, and returns it unchanged when it is there', async () => {
      const made = await create('user_1');
      expect(made).toMatchObject({
        status: 'PENDING_AUTH',
        version: 1,
        connectionName: 'toy',
        connector: 'toy',
        organizationId: null,
      });
      expect(await create('user_1')).toEqual(made);
      expect((await kit.events(ctx)).filter((type) => type === 'connected_account.created')).toHaveLength(1);
    });

    it('makes one account for twins that race', async () => {
      const made = await Promise.all(Array.from({ length: 4 }, () => create('user_1')));
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    });

    it('keeps organizations apart', async () => {
      expect((await create('user_1', { organizationId: 'org_a' })).id).not.toBe((await create('user_1')).id);
    });

    it.each(['', '   ', 'a\nb', 'x'.repeat(101), 'a\u2028b'])('refuses %j as an identifier', async (identifier) => {
      expect(await ended(create(identifier))).toBe('invalid_arguments');
    });

    it('refuses a connection that does not exist, and a connector with several connections', async () => {
      expect(await ended(create('user_1', { connection: 'nowhere' }))).toBe('not_found');
      await kit.connection(ctx, { name: 'first' });
      await kit.sql(ctx, `UPDATE connections SET name = 'second' WHERE name = 'toy'`);
      await expect(create('user_1')).rejects.toMatchObject({
        code: 'invalid_arguments',
        details: { candidates: ['first', 'second'] },
      });
    });
  });

  describe('list and find', () => {
    it('filters, and pages from the newest to the oldest', async () => {
      for (const name of ['Anna', 'anton', 'Berta']) await create(name);
      const names = async (filter: object): Promise<string[]> =>
        (await kit.accounts.list(ctx, filter)).items.map(({ identifier }) => identifier);
      expect(await names({})).toEqual(['Berta', 'anton', 'Anna']);
      expect(await names({ query: 'AN' })).toEqual(['anton', 'Anna']);
      expect(
        await names({ identifier: 'Berta', provider: 'TOY', status: 'PENDING_AUTH', connectionNames: ['toy'] }),
      ).toEqual(['Berta']);
      expect(await names({ status: 'ACTIVE' })).toEqual([]);
      const first = await kit.accounts.list(ctx, { pageSize: 2 });
      expect(first).toMatchObject({ totalSize: 3, items: [{ identifier: 'Berta' }, { identifier: 'anton' }] });
      const second = await kit.accounts.list(ctx, { pageSize: 2, pageToken: first.nextPageToken });
      expect(second).toMatchObject({ items: [{ identifier: 'Anna' }], nextPageToken: '', totalSize: 3 });
    });

    it('refuses page sizes and tokens that are none', async () => {
      for (const page of [{ pageSize: 0 }, { pageSize: 101 }, { pageSize: 1.5 }, { pageToken: 'zz' }])
        expect(await ended(kit.accounts.list(ctx, page))).toBe('invalid_arguments');
    });

    it('T1 shows nothing of another tenant, by id or by name', async () => {
      const { id } = await create('user_1');
      const other = await kit.tenant();
      await kit.connection(other);
      expect(await ended(kit.accounts.get(other, id))).toBe('account_not_found');
      expect(await ended(kit.accounts.disconnect(other, id))).toBe('account_not_found');
      expect(await ended(kit.accounts.find(other, { connection: 'toy', identifier: 'user_1' }))).toBe(
        'account_not_found',
      );
      expect(await ended(kit.accounts.resolveForCall(other, { connectedAccountId: id }, 'toy'))).toBe(
        'account_not_found',
      );
      expect((await kit.accounts.list(other)).items).toEqual([]);
    });

    it('names the connections when an identifier alone fits several accounts', async () => {
      await create('user_1');
      await kit.connection(ctx, { name: 'second' });
      await create('user_1', { connection: 'second' });
      await expect(kit.accounts.find(ctx, { identifier: 'user_1' })).rejects.toMatchObject({
        code: 'invalid_arguments',
        details: { candidates: ['second', 'toy'] },
      });
    });
  });

  describe('disconnect and delete', () => {
    it('destroys the credential together with its audit event, and may be repeated', async () => {
      await kit.connect(ctx, 'user_1');
      const { id } = await kit.account(ctx, 'user_1');
      expect(await kit.accounts.disconnect(ctx, id)).toMatchObject({ status: 'DISCONNECTED', version: 3 });
      expect(await kit.sql(ctx, 'SELECT 1 FROM credentials')).toEqual([]);
      expect(await kit.accounts.disconnect(ctx, id)).toMatchObject({ status: 'DISCONNECTED', version: 3 });
      expect((await kit.events(ctx)).filter((type) => type === 'connected_account.disconnected')).toHaveLength(1);
    });

    it.each<[string, (account: AccountForCall) => Promise<unknown>]>([
      ['disconnects', ({ id }) => kit.accounts.disconnect(ctx, id)],
      ['deletes', ({ id }) => kit.accounts.delete(ctx, { connectedAccountId: id })],
      ['gives up for the provider', (account) => kit.accounts.markRevokedByProvider(ctx, account, 'token revoked')],
      ['lets expire', (account) => kit.accounts.markRevokedByProvider(ctx, account, 'expired', 'EXPIRED')],
    ])('%s nothing when the audit event of that cannot be written', async (_, revoke) => {
      await kit.connect(ctx, 'user_1');
      const account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
      const before = await kit.snapshot(ctx);
      await kit.asOwner('REVOKE INSERT ON audit_events FROM gatehouse_app');
      try {
        expect(await ended(revoke(account))).not.toBe('succeeded');
      } finally {
        await kit.asOwner('GRANT INSERT ON audit_events TO gatehouse_app');
      }
      expect(await kit.snapshot(ctx)).toEqual(before);
      await revoke(account);
      expect(await kit.snapshot(ctx)).not.toEqual(before);
    });

    it('deletes the account with everything but its trail', async () => {
      await kit.connect(ctx, 'user_1');
      const { id } = await kit.account(ctx, 'user_1');
      await kit.accounts.delete(ctx, { connectedAccountId: id });
      for (const table of ['connected_accounts', 'credentials', 'connect_links'])
        expect(await kit.sql(ctx, `SELECT 1 FROM ${table}`)).toEqual([]);
      expect((await kit.rawEvents(ctx)).at(-1)).toMatchObject({
        type: 'connected_account.deleted',
        accountId: id,
        principalId: '1001',
      });
    });
  });

  describe('markRevokedByProvider', () => {
    it('gives up the account that the call was admitted for', async () => {
      await kit.connect(ctx, 'user_1');
      const account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
      expect(await kit.accounts.markRevokedByProvider(ctx, account, 'token revoked')).toBe('DISCONNECTED');
      expect(await kit.account(ctx, 'user_1')).toMatchObject({
        status: 'DISCONNECTED',
        statusReason: 'token revoked',
        version: 3,
      });
      expect(await kit.sql(ctx, 'SELECT 1 FROM credentials')).toEqual([]);
      expect((await kit.events(ctx)).at(-1)).toBe('connected_account.revoked_by_provider: token revoked');
    });

    it('leaves an account alone whose credential was refreshed since, also when an unused one waits', async () => {
      await kit.connect(ctx, 'user_1');
      await kit.awaitVerification(ctx, 'user_1');
      const refused = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
      await kit.sql(ctx, `UPDATE credentials SET generation = 1 WHERE slot = 'active'`);
      const mark = (generation: number): Promise<string> =>
        kit.accounts.markRevokedByProvider(ctx, { ...refused, generation }, 'token revoked');
      expect(await mark(0)).toBe('ACTIVE');
      expect(await mark(1)).toBe('DISCONNECTED');
    });

    it('leaves an account alone that was connected again since', async () => {
      await kit.connect(ctx, 'user_1');
      const stale = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
      await kit.connect(ctx, 'user_1');
      expect(await kit.accounts.markRevokedByProvider(ctx, stale, 'token revoked')).toBe('ACTIVE');
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE', version: 3 });
    });

    it('does not end a reconnection that is under way', async () => {
      await kit.connect(ctx, 'user_1');
      const account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
      const link = await kit.link(ctx, 'user_1');
      await kit.accounts.markRevokedByProvider(ctx, account, 'expired', 'EXPIRED');
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'EXPIRED' });
      const browser = new ToyBrowser();
      await kit.comeBack(browser, kit.provider.authorize(await kit.open(browser, link)));
      expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'ACTIVE' });
    });
  });

  describe('resolveForCall', () => {
    const resolve = (selector: object, connector = 'toy'): ReturnType<typeof kit.accounts.resolveForCall> =>
      kit.accounts.resolveForCall(ctx, selector, connector);

    it('finds an account by id, by connection, by connector, and by the tool alone', async () => {
      await kit.connect(ctx, 'user_1');
      const { id } = await kit.account(ctx, 'user_1');
      const selectors = [
        { connectedAccountId: id },
        { identifier: 'user_1', connection: 'toy' },
        { identifier: 'user_1' },
        { connectedAccountId: id, identifier: 'user_1' },
      ];
      for (const selector of selectors)
        expect(await resolve(selector)).toMatchObject({
          id,
          status: 'ACTIVE',
          version: 2,
          connectionStatus: 'enabled',
        });
    });

    it('refuses an id of another user, of another connector, and none at all', async () => {
      const { id } = await create('user_1');
      expect(await ended(resolve({ connectedAccountId: id, identifier: 'user_2' }))).toBe('account_not_found');
      expect(await ended(resolve({ connectedAccountId: id }, 'plain'))).toBe('account_not_found');
      expect(await ended(resolve({ connectedAccountId: newId('account') }))).toBe('account_not_found');
      expect(await ended(resolve({ identifier: 'nobody' }))).toBe('account_not_found');
      expect(await ended(resolve({}))).toBe('invalid_arguments');
    });

    it('does not mistake the account of an organization for the one without', async () => {
      await create('user_1', { organizationId: 'org_a' });
      expect(await ended(resolve({ identifier: 'user_1' }))).toBe('account_not_found');
      expect(await resolve({ identifier: 'user_1', organizationId: 'org_a' })).toMatchObject({
        status: 'PENDING_AUTH',
      });
    });

    it('sees at once that an account has been connected', async () => {
      await create('user_1');
      expect(await resolve({ identifier: 'user_1' })).toMatchObject({ status: 'PENDING_AUTH' });
      await kit.connect(ctx, 'user_1');
      expect(await resolve({ identifier: 'user_1' })).toMatchObject({ status: 'ACTIVE' });
    });

    it('remembers an active account until it is told otherwise or its time is up', async () => {
      await kit.connect(ctx, 'user_1');
      const account = await resolve({ identifier: 'user_1' });
      const behindItsBack = (status: string): Promise<unknown> =>
        kit.sql(ctx, `UPDATE connected_accounts SET status = '${status}'`);
      await behindItsBack('EXPIRED');
      expect(await resolve({ identifier: 'user_1' })).toBe(account);
      kit.accounts.invalidate(account);
      expect(await resolve({ identifier: 'user_1' })).toMatchObject({ status: 'EXPIRED' });
      await behindItsBack('ACTIVE');
      const again = await resolve({ identifier: 'user_1' });
      expect(await resolve({ identifier: 'user_1' })).toBe(again);
      kit.clock.advance(6000);
      expect(await resolve({ identifier: 'user_1' })).not.toBe(again);
    });

    it('forgets an account with each change that is made here', async () => {
      const named = { identifier: 'user_1' };
      await kit.connect(ctx, 'user_1');
      const { id, version } = await resolve(named);
      await kit.connect(ctx, 'user_1');
      expect(await resolve(named)).toMatchObject({ status: 'ACTIVE', version: version + 1 });
      await kit.accounts.markRevokedByProvider(ctx, await resolve(named), 'expired', 'EXPIRED');
      expect(await resolve(named)).toMatchObject({ status: 'EXPIRED' });
      await kit.connect(ctx, 'user_1');
      await resolve(named);
      await kit.accounts.disconnect(ctx, id);
      expect(await resolve(named)).toMatchObject({ status: 'DISCONNECTED' });
      await kit.connect(ctx, 'user_1');
      const authRequestId = await kit.awaitVerification(ctx, 'user_1');
      const before = await resolve(named);
      await kit.accounts.verifyUser(ctx, { authRequestId, identifier: 'user_1' });
      expect(await resolve(named)).toMatchObject({ status: 'ACTIVE', version: before.version + 1 });
      await kit.accounts.delete(ctx, { connectedAccountId: id });
      expect(await ended(resolve(named))).toBe('account_not_found');
    });

    it('remembers an account for the selector that led to it, and for no other', async () => {
      await kit.connection(ctx, { name: 'second' });
      const organizations = [undefined, 'org_a'];
      const selectors = ['toy', 'second'].flatMap((connection) =>
        organizations.map((organizationId) => ({ identifier: 'user_1', connection, organizationId })),
      );
      for (const { connection, organizationId } of selectors)
        await kit.connect(ctx, 'user_1', { connection, organizationId });
      const found = [];
      for (const selector of selectors) found.push((await resolve(selector)).id);
      expect(new Set(found).size).toBe(selectors.length);
      for (const [n, selector] of selectors.entries()) expect((await resolve(selector)).id).toBe(found[n]);
    });

    it('asks anew which account is meant once the same user has connected another one', async () => {
      await kit.connect(ctx, 'user_1');
      await resolve({ identifier: 'user_1' });
      await kit.connection(ctx, { name: 'second' });
      await kit.connect(ctx, 'user_1', { connection: 'second' });
      expect(await ended(resolve({ identifier: 'user_1' }))).toBe('invalid_arguments');
    });

    it('takes no refusal from memory: what another node has made usable is usable here', async () => {
      await kit.connect(ctx, 'user_1');
      const { id } = await kit.account(ctx, 'user_1');
      const change = async (table: string, status: string): Promise<unknown> => {
        await kit.sql(ctx, `UPDATE ${table} SET status = '${status}'`);
        return resolve({ connectedAccountId: id });
      };
      expect(await change('connected_accounts', 'EXPIRED')).toMatchObject({ status: 'EXPIRED' });
      expect(await change('connected_accounts', 'ACTIVE')).toMatchObject({ status: 'ACTIVE' });
      kit.accounts.invalidate({ id });
      expect(await change('connections', 'disabled')).toMatchObject({ connectionStatus: 'disabled' });
      expect(await change('connections', 'enabled')).toMatchObject({ connectionStatus: 'enabled' });
    });

    it('lists every account of an identifier', async () => {
      await create('user_1');
      await create('user_1', { organizationId: 'org_a' });
      expect(await kit.accounts.allForIdentifier(ctx, 'user_1')).toHaveLength(2);
    });
  });
});
