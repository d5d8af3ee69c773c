import { ConnectorRegistry } from '#app/connector-kit';
import type { RequestContext } from '#app/kernel';
import { ended } from '../../test/oauth-kit.js';
import { RefreshKit } from '../../test/refresh-kit.js';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { CredentialLease } from '../credentials/credential-lease.js';
import { OAuthSettings } from '../oauth-settings.js';
import { AccountProbe } from '../revocation/account-probe.js';
import { AccountRefreshService } from './account-refresh.service.js';
import { IdleRefresh } from './idle-refresh.js';
import { TokenRefresher } from './token-refresher.js';

const DAY = 86_400_000;

describe('accounts that nobody uses', () => {
  let kit: RefreshKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await RefreshKit.start({ rotates: true, idleDays: 30 });
    await kit.addNode();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    await kit.retire();
    ctx = await kit.tenant();
    await kit.connect(ctx, 'ada');
    kit.provider.settings.tokenFault = null;
  });

  const runEverywhere = async (): Promise<number> => {
    const counts = await Promise.all(kit.nodes.map((node) => node.get(IdleRefresh).run()));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  /** As if it had been issued so much earlier. */
  const age = (milliseconds: number, of = ctx): Promise<unknown> =>
    kit.sql(of, `UPDATE credentials SET issued_at = issued_at - $1 * interval '1 ms'`, [milliseconds]);

  it('are left alone while their refresh tokens are in no danger', async () => {
    await age(17 * DAY);
    expect(await runEverywhere()).toBe(0);
  });

  it('are not all refreshed at the same moment, though they were connected at the same', async () => {
    // Odds of one to two thousand million that all come on one side
    for (let user = 1; user <= 30; user++) await kit.connect(ctx, `user_${user}`);
    await age(20.25 * DAY);
    const taken = await kit.node.get(IdleRefresh).run();
    expect([taken > 0, taken < 31]).toEqual([true, true]);
  });

  it('are refreshed before those die, once, whichever nodes run the job', async () => {
    await age(23 * DAY);
    expect(await runEverywhere()).toBeGreaterThan(0);
    expect([await kit.generation(ctx), kit.provider.summary().mostPresentations]).toEqual([1, 1]);
    expect(await runEverywhere()).toBe(0);
    expect(await kit.events(ctx)).toContain('connected_account.refreshed');
  });

  it('do not suffer from the provider of another connection that fails', async () => {
    const other = await kit.tenant();
    for (const user of ['bob', 'cyd', 'dan']) await kit.connect(other, user);
    await kit.sql(other, `UPDATE connections SET oauth_client_id = 'wrong-client'`);
    await age(23 * DAY);
    await age(23 * DAY, other);
    const before = kit.provider.refreshRequests;
    await kit.node.get(IdleRefresh).run();
    expect([await kit.generation(ctx), await kit.generation(other)]).toEqual([1, 0]);
    const asked = kit.provider.refreshRequests - before;
    expect(await kit.node.get(IdleRefresh).run()).toBe(0);
    expect([asked <= 4, kit.provider.refreshRequests - before]).toEqual([true, asked]);
  });

  it('are not held up by one of the same connection that another node is still at', async () => {
    await age(23 * DAY);
    const underWay = { kind: 'unavailable', why: 'under_way', retryAfterMs: 1000 } as const;
    const refresher = { refresh: () => Promise.resolve(underWay) } as unknown as TokenRefresher;
    const idle = new IdleRefresh(kit.database.system, kit.node.get(ConnectorRegistry), refresher, kit.clock);
    expect([await idle.run(), await idle.run()]).toEqual([1, 1]);
  });

  it('are left alone by every node for as long as the provider asks for', async () => {
    const [first, second] = kit.nodes.map((node) => node.get(IdleRefresh));
    await age(23 * DAY);
    kit.provider.settings.tokenFault = 'rate_limited';
    expect(await first?.run()).toBe(1);
    kit.provider.settings.tokenFault = null;
    expect(await second?.run()).toBe(0);
    await kit.letPass(ctx, 120_000);
    expect(await second?.run()).toBe(1);
    expect(await kit.generation(ctx)).toBe(1);
  });

  it('of one connection take turns with those of others: no more than fifty in a run', async () => {
    for (let other = 1; other <= 51; other++) await kit.connect(ctx, `user_${other}`);
    await age(23 * DAY);
    expect([await kit.node.get(IdleRefresh).run(), await kit.node.get(IdleRefresh).run()]).toEqual([50, 2]);
  });

  it('are left alone while another node is at their refresh', async () => {
    const [first, second] = kit.nodes;
    if (first === undefined || second === undefined) throw new Error('There are no two nodes');
    await age(23 * DAY);
    const gate = first.timings.gates.before_journal;
    gate.close();
    const running = first.get(IdleRefresh).run();
    await gate.arrived();
    const taken = await second.get(IdleRefresh).run();
    gate.open();
    expect([taken, await running]).toEqual([0, 1]);
  });

  it.each([
    ['connection', `UPDATE connections SET status = 'disabled'`],
    ['tenant', `UPDATE tenants SET status = 'suspended'`],
  ])('are not refreshed where the %s is switched off', async (_, switchOff) => {
    await age(23 * DAY);
    await kit.sql(ctx, switchOff);
    expect(await runEverywhere()).toBe(0);
  });

  it('R2 are looked after when a refresh was left unfinished', async () => {
    kit.provider.settings.nextTokenFaults = ['drop_before'];
    kit.expire();
    expect(await ended(kit.node.call(ctx, 'ada'))).toBe('provider_error');
    await kit.letPass(ctx, 100_000);
    expect(await kit.node.get(IdleRefresh).run()).toBe(1);
    expect(await kit.generation(ctx)).toBe(1);
  });

  it('are left alone when what was left unfinished was about an earlier consent', async () => {
    kit.provider.settings.nextTokenFaults = ['drop_before'];
    kit.expire();
    expect(await ended(kit.node.call(ctx, 'ada'))).toBe('provider_error');
    await kit.letPass(ctx, 100_000);
    await kit.consent(ctx, (await kit.account(ctx, 'ada')).id, 'ada');
    expect(await kit.node.get(IdleRefresh).run()).toBe(0);
  });
});

describe('a refresh that somebody asks for', () => {
  let kit: RefreshKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await RefreshKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connect(ctx, 'ada');
    Object.assign(kit.provider.settings, { tokenFault: null, apiFault: null });
  });

  const refresh = async () => {
    const { id } = await kit.account(ctx, 'ada');
    return kit.node.get(AccountRefreshService).refresh(ctx, id);
  };

  it('happens though it is not due, and shows how it ended', async () => {
    expect((await kit.account(ctx, 'ada')).lastRefresh).toBeNull();
    expect((await refresh()).lastRefresh).toMatchObject({
      result: 'refreshed',
      code: null,
      failures: 0,
      retryAt: null,
    });
    expect(await kit.generation(ctx)).toBe(1);
  });

  it('shows what the provider says against the app', async () => {
    kit.provider.settings.tokenFault = 'invalid_client';
    expect(await ended(refresh())).toBe('provider_error');
    expect((await kit.account(ctx, 'ada')).lastRefresh).toMatchObject({
      result: 'app_refused',
      code: 'invalid_client',
      failures: 1,
      retryAt: expect.any(Date) as Date,
    });
  });

  it('finds out that the authorization is over', async () => {
    kit.provider.settings.tokenFault = 'invalid_grant';
    expect([await ended(refresh()), await ended(refresh())]).toEqual(['account_not_active', 'account_not_active']);
  });

  it('is refused where there is nothing to refresh', async () => {
    const { id } = await kit.account(ctx, 'ada');
    const without = await RefreshKit.start(null);
    try {
      const elsewhere = await without.tenant();
      const account = await without.connect(elsewhere, 'bob');
      expect(await ended(without.node.get(AccountRefreshService).refresh(elsewhere, account.id))).toBe('conflict');
      expect(await ended(without.node.get(AccountRefreshService).refresh(elsewhere, id))).toBe('account_not_found');
    } finally {
      await without.stop();
    }
  });

  it('does not end an account whose credential was replaced while a signal of the provider was followed up', async () => {
    const { id } = await kit.account(ctx, 'ada');
    const { node } = kit;
    const accounts = node.get(ConnectedAccountsService);
    const overtaken = Object.assign(Object.create(accounts) as ConnectedAccountsService, {
      markRevokedByProvider: async (...args: Parameters<typeof accounts.markRevokedByProvider>) => {
        kit.provider.settings.apiFault = null;
        await refresh();
        return accounts.markRevokedByProvider(...args);
      },
    });
    const [lease, registry, settings] = [
      node.get(CredentialLease),
      node.get(ConnectorRegistry),
      node.get(OAuthSettings),
    ];
    const probe = new AccountProbe(overtaken, lease, registry, settings, kit.clock);
    kit.provider.settings.apiFault = 401;
    expect(await probe.isRefused(ctx, id, 'rotor')).toBe(false);
    expect(await kit.generation(ctx)).toBe(2);
    expect((await kit.account(ctx, 'ada')).status).toBe('ACTIVE');
  });

  it('does not end an account whose credential another node has replaced since it was refused', async () => {
    const { id, version } = await kit.account(ctx, 'ada');
    await refresh();
    const accounts = kit.node.get(ConnectedAccountsService);
    const of = { id, version, generation: 0 };
    expect(await accounts.markRevokedByProvider(ctx, of, 'refused', 'EXPIRED')).toBe('ACTIVE');
    expect(await accounts.markRevokedByProvider(ctx, { ...of, generation: 1 }, 'refused', 'EXPIRED')).toBe('EXPIRED');
  });
});
