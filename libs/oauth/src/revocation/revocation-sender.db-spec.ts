import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '#app/kernel';
import { OAuthKit } from '../../test/oauth-kit.js';
import { ConnectTimes } from '../connect/connect-times.js';
import { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import { RevocationOutcomes } from './revocation-outcomes.js';
import { RevocationSender } from './revocation-sender.js';
import { TAKE_DUE } from './revocation-statements.js';
import { LEASE_MS } from './revocation-times.js';
import { RevocationTransport } from './revocation-transport.js';
import { UpstreamRevocations } from './upstream-revocations.js';

const DAY = 24 * 3_600_000;

describe('RevocationSender', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await OAuthKit.start();
    // The clock of these tests goes far ahead
    await kit.asOwner('SELECT audit_ensure_partition(current_date + n) FROM generate_series(0, 90) AS n');
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
    await kit.connection(ctx, { connector: 'plain', name: 'plain' });
    kit.provider.user = { id: `u_${ctx.tenantId}`, email: 'a@b.example', workspace: 'ws_1' };
    kit.plainProvider.user = { id: '1', email: 'a@b.example', workspace: `ws_${ctx.tenantId}` };
    for (const provider of [kit.provider, kit.plainProvider]) {
      provider.revokeRequests.length = 0;
      provider.revokeAnswers.length = 0;
    }
  });
  afterEach(() => kit.sql(ctx, `UPDATE upstream_revocations SET state = 'done', sealed = NULL`));

  const run = (): Promise<number> => kit.get(RevocationSender).run();
  const anotherNode = (): RevocationSender =>
    new RevocationSender(
      kit.database.system,
      kit.database.tenants,
      kit.get(RevocationTransport),
      kit.get(RevocationOutcomes),
      kit.get(ConnectTimes),
    );
  const disconnect = async (identifier: string, connection = 'toy', uninstall = false): Promise<unknown> =>
    kit.accounts.disconnect(ctx, (await kit.account(ctx, identifier, connection)).id, { uninstall });
  const queue = async (): Promise<unknown[]> => (await kit.get(UpstreamRevocations).list(ctx)).items.toReversed();
  const queued = (): Promise<UpstreamRevocationEntity> =>
    kit.database.tenants.withTenant(ctx.tenantId, (em) =>
      em.findOneByOrFail(UpstreamRevocationEntity, { tenantId: ctx.tenantId }),
    );
  const connectTeammate = async (identifier: string, id: string, tenant = ctx): Promise<void> => {
    kit.plainProvider.user = { ...kit.plainProvider.user, id };
    await kit.connect(tenant, identifier, { connection: 'plain' });
  };

  it('O11 revokes refresh and access token at the provider, and destroys what it was kept for', async () => {
    await kit.connect(ctx, 'ada');
    const [access, refresh] = [kit.provider.issuedTokens.at(-1), kit.provider.refreshTokens.at(-1)];
    await disconnect('ada');
    await run();
    expect(kit.provider.revokeRequests).toEqual([
      { token: refresh, hint: 'refresh_token' },
      { token: access, hint: 'access_token' },
    ]);
    expect(await queue()).toMatchObject([{ state: 'done', attempts: 1, lastError: null, nextAttemptAt: null }]);
    expect(await kit.sql(ctx, 'SELECT sealed, client_secret_sealed FROM upstream_revocations')).toEqual([
      { sealed: null, client_secret_sealed: null },
    ]);
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.upstream_revoked');
  });

  it('O11 asks again while the provider is down, and the account stays disconnected meanwhile', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    kit.provider.revokeAnswers.push([503, { 'retry-after': '90' }], 'hang', [500]);
    await run();
    expect(await queue()).toMatchObject([{ state: 'pending', attempts: 1, lastError: 'http_503' }]);
    expect(await run()).toBe(0);
    kit.clock.advance(89_000);
    expect(await run()).toBe(0);
    kit.clock.advance(1_000);
    await kit.hurried(run);
    expect(await queue()).toMatchObject([{ state: 'pending', attempts: 2, lastError: 'provider_timeout' }]);
    kit.clock.advance(DAY);
    await run();
    expect(await queue()).toMatchObject([{ state: 'pending', attempts: 3, lastError: 'http_500' }]);
    expect((await kit.account(ctx, 'ada')).status).toBe('DISCONNECTED');
    kit.clock.advance(DAY);
    await run();
    expect(await queue()).toMatchObject([{ state: 'done', attempts: 4 }]);
  });

  it('gives up after a week, says so in the trail, and destroys the ciphertext', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    kit.clock.advance(7 * DAY);
    kit.provider.revokeAnswers.push([500]);
    await run();
    expect(await queue()).toMatchObject([{ state: 'abandoned', lastError: 'http_500' }]);
    expect(await kit.sql(ctx, 'SELECT sealed FROM upstream_revocations')).toEqual([{ sealed: null }]);
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.upstream_revoke_failed: http_500');
  });

  it('is taken on by one node at a time, and by another when that one has died over it', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    const counts = await Promise.all([run(), ...[1, 2, 3].map(() => anotherNode().run())]);
    expect(counts.reduce((sum, each) => sum + each)).toBe(1);
    expect(kit.provider.revokeRequests).toHaveLength(2);
    await kit.connect(ctx, 'bob');
    await disconnect('bob');
    const now = kit.clock.now();
    // What a node does first; then it is killed
    const taken = await kit.database.system.query(TAKE_DUE, [new Date(now), new Date(now + LEASE_MS)]);
    expect(taken).toHaveLength(1);
    expect(await run()).toBe(0);
    kit.clock.advance(LEASE_MS);
    expect(await run()).toBe(1);
    expect(await queue()).toMatchObject([{ state: 'done' }, { state: 'done', attempts: 2 }]);
  });

  it('passes over one that another node has locked, and waits for nobody', async () => {
    for (const identifier of ['ada', 'bob']) {
      await kit.connect(ctx, identifier);
      await disconnect(identifier);
      kit.clock.advance(1);
    }
    await kit.database.tenants.withTenant(ctx.tenantId, async (em) => {
      await em.query(`SELECT 1 FROM upstream_revocations WHERE identifier = 'ada' FOR UPDATE`);
      const [{ pid }] = await em.query<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
      const ran = run();
      expect(await Promise.race([ran, waitedFor(pid, ran)])).toBe(1);
    });
    expect(await queue()).toMatchObject([{ state: 'pending' }, { identifier: 'bob', state: 'done' }]);
    expect(await run()).toBe(1);
  });

  /** Resolves when another session of the database waits for a lock of this one, or when the work is done without. */
  const waitedFor = async (pid: number, work: Promise<unknown>): Promise<string> => {
    const text = 'SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))';
    const done = work.then(() => 'done');
    for (;;) {
      if ((await kit.database.system.query({ name: 'test_is_waited_for', text }, [pid])).length > 0) return 'waits';
      if ((await Promise.race([done, sleep(10, 'not yet')])) === 'done') return 'done';
    }
  };

  it('ends once, with one event, when two nodes come to the same end', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    const row = await queued();
    const end = (): Promise<void> => kit.get(RevocationOutcomes).end(ctx, row, 'done', null);
    await Promise.all([end(), end()]);
    const told = (await kit.events(ctx)).filter((event) => event === 'connected_account.upstream_revoked');
    expect(told).toHaveLength(1);
  });

  it('notes nothing on one that has ended meanwhile, when a node comes back late', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    const row = await queued();
    await run();
    const ended = await queue();
    await kit.get(RevocationOutcomes).record(ctx, row, { kind: 'retry', error: 'http_503', afterMs: null });
    expect(await queue()).toEqual(ended);
    expect(ended).toMatchObject([{ state: 'done', lastError: null }]);
  });

  it('asks right before it sends whether somebody has connected in that workspace', async () => {
    await connectTeammate('ada', '1');
    await disconnect('ada', 'plain');
    await connectTeammate('bob', '2');
    await run();
    expect(kit.plainProvider.revokeRequests).toEqual([]);
    expect(await queue()).toMatchObject([{ state: 'skipped', lastError: 'in_use_by_others' }]);
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.upstream_revoke_skipped: in_use_by_others');
    await disconnect('bob', 'plain');
    await run();
    expect(kit.plainProvider.revokeRequests).toHaveLength(1);
  });

  it('does not end the access of another tenant in the workspace, even when one asks for it', async () => {
    const other = await kit.tenant();
    await kit.connection(other, { connector: 'plain', name: 'plain' });
    await connectTeammate('ada', '1');
    await connectTeammate('eve', '2', other);
    await disconnect('ada', 'plain', true);
    await run();
    expect(kit.plainProvider.revokeRequests).toEqual([]);
    expect(await queue()).toMatchObject([{ state: 'skipped' }]);
  });

  it('does not uninstall a workspace that nobody knows while another tenant uses the app, even when one asks for it', async () => {
    const other = await kit.tenant();
    await kit.connection(other, { connector: 'plain', name: 'plain' });
    await connectTeammate('ada', '1');
    await connectTeammate('eve', '2', other);
    await kit.sql(ctx, `UPDATE connected_accounts SET principal = principal || '{"tenant": null}'`);
    await disconnect('ada', 'plain', true);
    await run();
    expect(kit.plainProvider.revokeRequests).toEqual([]);
    expect(await queue()).toMatchObject([{ state: 'skipped' }]);
  });

  it('sends nothing to an app that says no, and keeps trying', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    kit.provider.revokeAnswers.push([401]);
    await run();
    expect(await queue()).toMatchObject([{ state: 'pending', lastError: 'http_401' }]);
  });

  it.each([
    ['that was moved', `bound_to = 'ca_other'`, 'not_authentic'],
    ['that was cut', `sealed = substring(sealed FOR 3)`, 'malformed'],
  ])('takes a token %s for an incident, and does not ask again', async (_, change, reason) => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    await kit.sql(ctx, `UPDATE upstream_revocations SET ${change}`);
    await run();
    expect(kit.provider.revokeRequests).toEqual([]);
    expect(await queue()).toMatchObject([{ state: 'abandoned', lastError: 'credential_unreadable' }]);
    expect(await kit.events(ctx)).toContain(`vault.open_failed: ${reason}`);
  });

  it('forgets what ended a month ago, and nothing that is still to be done', async () => {
    await kit.connect(ctx, 'ada');
    await disconnect('ada');
    await run();
    await kit.connect(ctx, 'bob');
    await disconnect('bob');
    kit.clock.advance(30 * DAY);
    await kit.get(RevocationSender).forgetEnded();
    expect(await queue()).toMatchObject([{ identifier: 'bob', state: 'pending' }]);
  });
});
