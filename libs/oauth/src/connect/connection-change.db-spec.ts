import { setImmediate } from 'node:timers/promises';
import { Secret, type RequestContext } from '#app/kernel';
import { ended, OAuthKit, ToyBrowser } from '../../test/oauth-kit.js';
import type { Connection, ConnectionChanges } from '../connections/connection.js';
import { lockConnection } from '../connections/connection-store.js';
import { ConnectionsService } from '../connections/connections.service.js';
import { RevocationSender } from '../revocation/revocation-sender.js';
import { ConnectionEntity } from '../entities/connection.entity.js';

describe('a connection that changes while an account is being connected', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let connection: Connection;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    connection = await kit.connection(ctx);
  });

  /** Everything but the last step: what came back is spent and exchanged, and waits to be stored. */
  const exchanged = async (made = connection): Promise<{ finish: () => Promise<unknown> }> => {
    const tab = new ToyBrowser();
    const asked = await kit.open(tab, await kit.link(ctx, 'user_1', { connection: made.name }));
    const { searchParams: back } = kit.provider.authorize(asked);
    const visit = tab.visit();
    const spent = await kit.flows.spend(visit, { state: back.get('state'), connectionId: made.id, issuer: null });
    const grant = await kit.flows.exchange(visit, spent, new Secret(back.get('code') ?? ''));
    return { finish: () => kit.flows.complete(visit, spent, grant) };
  };

  it.each<[string, ConnectionChanges]>([
    ['client id', { oauthClientId: 'another-client', clientSecret: new Secret('s') }],
    ['endpoints', { endpoints: { apiUrl: 'https://elsewhere.example' }, clientSecret: new Secret('s') }],
    ['secret', { clientSecret: new Secret('s') }],
  ])('gets nothing of a consent whose code was exchanged with the old %s', async (_, change) => {
    const { finish } = await exchanged();
    await kit.get(ConnectionsService).update(ctx, connection.id, change);
    const before = await kit.snapshot(ctx);
    expect(await ended(finish())).toBe('exchange_failed');
    expect(await kit.snapshot(ctx)).toEqual(before);
    expect(await kit.sql(ctx, 'SELECT 1 FROM credentials')).toEqual([]);
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.connect_failed: exchange_failed');
  });

  it('gets the consent when something else of it has changed', async () => {
    const { finish } = await exchanged();
    await kit.get(ConnectionsService).update(ctx, connection.id, { name: 'renamed' });
    expect(await finish()).toMatchObject({ outcome: 'connected' });
  });

  it('never holds a credential at a place that a racing change has made its own', async () => {
    const connections = kit.get(ConnectionsService);
    const change = { endpoints: { apiUrl: 'https://evil.example' }, clientSecret: new Secret('s') };
    for (let n = 0; n < 10; n++) {
      const made = await kit.connection(ctx, { name: `race ${n}` });
      const { finish } = await exchanged(made);
      await Promise.allSettled([finish(), connections.update(ctx, made.id, change)]);
      const { endpoints } = await connections.get(ctx, made.id);
      const { status } = await kit.account(ctx, 'user_1', made.name);
      const either = { ACTIVE: made.endpoints.apiUrl, PENDING_AUTH: 'https://evil.example' };
      expect(endpoints.apiUrl).toBe(either[status as keyof typeof either]);
    }
  });

  it('can be deleted, with its accounts, while a consent waits to be stored: neither holds what the other waits for', async () => {
    const { finish } = await exchanged();
    const { tenantId } = ctx;
    const finishing = await kit.database.tenants.withTenant(tenantId, async (em) => {
      await lockConnection(em, tenantId, connection.id);
      const end = ended(finish());
      while (!(await isSomebodyWaiting())) await setImmediate();
      await em.delete(ConnectionEntity, { tenantId, id: connection.id });
      return { end };
    });
    expect(await finishing.end).toBe('account_gone');
    expect(await kit.sql(ctx, 'SELECT 1 FROM connected_accounts')).toEqual([]);
  });

  /** Whether a statement in this database waits for the lock of another. */
  const isSomebodyWaiting = async (): Promise<boolean> => {
    const own =
      'SELECT 1 FROM pg_locks WHERE NOT granted AND (database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))';
    return (await kit.sql(ctx, own)).length > 0;
  };
});

describe.each([
  ['a tenant that is suspended', `UPDATE tenants SET status = 'suspended'`],
  ['a connection that is disabled', `UPDATE connections SET status = 'disabled'`],
])('%s while its users are connecting accounts', (_, change) => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let connection: Connection;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    connection = await kit.connection(ctx);
    kit.provider.revokeRequests.length = 0;
  });

  const stop = (): Promise<unknown> => kit.sql(ctx, change);
  const nothingStored = async (): Promise<void> => {
    expect(await kit.sql(ctx, 'SELECT 1 FROM credentials')).toEqual([]);
  };

  it('N4 sends nobody to the provider', async () => {
    const link = await kit.link(ctx, 'user_1');
    await stop();
    expect(await ended(kit.open(new ToyBrowser(), link))).toBe('connection_disabled');
  });

  it('N4 exchanges no code of a user who was there already', async () => {
    const tab = new ToyBrowser();
    const back = kit.provider.authorize(await kit.open(tab, await kit.link(ctx, 'user_1')));
    await stop();
    const offered = kit.provider.offeredCodes.length;
    expect(await ended(kit.comeBack(tab, back))).toBe('connection_disabled');
    expect(kit.provider.offeredCodes).toHaveLength(offered);
    await nothingStored();
  });

  it('N4 stores no token of a code that was exchanged already, and gives it up at the provider', async () => {
    const tab = new ToyBrowser();
    const { searchParams: back } = kit.provider.authorize(await kit.open(tab, await kit.link(ctx, 'user_1')));
    const visit = tab.visit();
    const mark = { state: back.get('state'), connectionId: connection.id, issuer: null };
    const spent = await kit.flows.spend(visit, mark);
    const grant = await kit.flows.exchange(visit, spent, new Secret(back.get('code') ?? ''));
    await stop();
    expect(await ended(kit.flows.complete(visit, spent, grant))).toBe('connection_disabled');
    await nothingStored();
    await kit.get(RevocationSender).run();
    expect(kit.provider.revokeRequests.length).toBeGreaterThan(0);
  });
});
