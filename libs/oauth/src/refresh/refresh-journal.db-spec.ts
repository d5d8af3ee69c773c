import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { RefreshKit } from '../../test/refresh-kit.js';
import { RefreshEndings } from './refresh-endings.js';
import { RefreshJournal } from './refresh-journal.js';
import { RefreshLease } from './refresh-lease.js';
import { END_REFRESHED } from './refresh-statements.js';
import type { RefreshSubject } from './refresh-subject.js';
import { Stopwatch } from './stopwatch.js';

describe('RefreshJournal', () => {
  let kit: RefreshKit;
  let ctx: RequestContext;
  let subject: RefreshSubject;
  let lease: RefreshLease;

  beforeAll(async () => {
    kit = await RefreshKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connect(ctx, 'ada');
    const { tenantId, id, connectionId, identifier, version } = await kit.account(ctx, 'ada');
    subject = { tenantId, id, connectionId, identifier, version, generation: 0 };
    const taken = await journal().take(subject);
    if (taken === null) throw new Error('Somebody has the lease');
    lease = taken;
  });

  const journal = (): RefreshJournal => kit.node.get(RefreshJournal);
  const begin = async (): Promise<unknown> => [await journal().begin(subject, lease), (await kit.journal(ctx)).state];

  it('R2 lets nobody send a token with a lease of which too little is left, though nobody else has it', async () => {
    const { leaseMs, sendMarginMs } = kit.node.timings;
    await kit.letPass(ctx, leaseMs - sendMarginMs);
    expect(await begin()).toEqual([false, 'ready']);
    await journal().renew(subject, lease);
    expect(await begin()).toEqual([true, 'sending']);
  });

  describe('R3 leaves a later holder its lease when an earlier one comes back', () => {
    const gone = { state: 'ready', notSent: false, result: 'no_answer', code: null, retryAfterMs: 0 } as const;
    const inTenant = <T>(work: (em: EntityManager) => Promise<T>): Promise<T> =>
      kit.database.tenants.withTenant(ctx.tenantId, work);
    let later: RefreshLease;

    beforeEach(async () => {
      await journal().begin(subject, lease);
      await kit.letPass(ctx, kit.node.timings.leaseMs);
      const taken = await journal().take(subject);
      if (taken === null) throw new Error('The earlier one still has the lease');
      later = taken;
    });
    afterEach(async () => {
      expect(await journal().look(subject)).toMatchObject({ held: true });
      expect(await journal().renew(subject, later)).toBe(true);
    });

    it('and releases it', () => journal().release(subject, lease));

    it('and would renew it, or send with it', async () => {
      expect(await journal().renew(subject, lease)).toBe(false);
      expect(await journal().begin(subject, lease)).toBe(false);
      expect((await kit.journal(ctx)).attempt).toBe(lease.fence);
    });

    it('and ends its attempt, which it may until the token is sent again', async () => {
      const end = (): Promise<boolean> => inTenant((em) => journal().end(em, subject, lease, gone));
      expect(await end()).toBe(true);
      expect(await journal().begin(subject, later)).toBe(true);
      expect(await end()).toBe(false);
    });

    it('and is told that the authorization is over, while the later one waits for its own answer', async () => {
      await journal().begin(subject, later);
      const of = { tenantId: ctx.tenantId, id: subject.id };
      const account = await inTenant((em) => em.findOneByOrFail(ConnectedAccountEntity, of));
      const told = { reason: 'invalid_grant', code: 'invalid_grant' };
      expect(await kit.node.get(RefreshEndings).dead(ctx, subject, { account }, lease, told)).toBe(false);
      expect((await kit.account(ctx, 'ada')).status).toBe('ACTIVE');
    });

    it('and stores what it was answered', () =>
      inTenant((em) => em.query(END_REFRESHED, [ctx.tenantId, subject.id, subject.version, 1, lease.fence])));
  });

  it('counts the lease of who sends from then on', async () => {
    const { leaseMs, sendMarginMs } = kit.node.timings;
    const longAgo = Object.assign(new Stopwatch(), { elapsedMs: () => leaseMs });
    const old = new RefreshLease(lease.fence, lease.journal, 0, leaseMs, longAgo);
    expect(await journal().begin(subject, old)).toBe(true);
    expect(old.isSurelyHeld(sendMarginMs)).toBe(true);
  });

  it('R3 gets no lease back that it has released, when a renewal comes late', async () => {
    await journal().release(subject, lease);
    expect(await journal().renew(subject, lease)).toBe(false);
    expect(await journal().look(subject)).toMatchObject({ held: false });
  });

  it.each([
    ['ready', null],
    ['unanswered', expect.any(Date)],
  ] as const)('R2 counts the grace of a token whose attempt ended %s from %p', async (state, first) => {
    await journal().begin(subject, lease);
    const end = { state, notSent: false, result: 'no_answer', code: null, retryAfterMs: 0 } as const;
    await kit.database.tenants.withTenant(ctx.tenantId, (em) => journal().end(em, subject, lease, end));
    expect((await kit.journal(ctx)).firstSentAt).toEqual(first);
  });

  it.each(['version', 'generation'] as const)('R2 begins anew with a credential of another %s', async (number) => {
    await journal().begin(subject, lease);
    const end = { state: 'unanswered', notSent: false, result: 'no_answer', code: null, retryAfterMs: 60_000 } as const;
    await kit.database.tenants.withTenant(ctx.tenantId, (em) => journal().end(em, subject, lease, end));
    await kit.sql(ctx, `UPDATE credentials SET ${number} = ${number} + 1`);
    if (number === 'version') await kit.sql(ctx, 'UPDATE connected_accounts SET version = version + 1');
    const next = { ...subject, [number]: subject[number] + 1 };
    expect(await journal().look(next)).toMatchObject({ current: true, backoffMs: 0, failures: 0, result: null });
    const fresh = { state: 'ready', firstSentAt: null, sentAt: null, failures: 0, retryAt: null };
    expect((await journal().take(next))?.journal).toEqual(fresh);
  });

  it('R2 gives no lease to who has waited, over a journal that is about a later credential by then', async () => {
    await journal().release(subject, lease);
    const waited = await kit.database.tenants.withTenant(ctx.tenantId, async (em) => {
      await em.query(`UPDATE credential_refreshes SET generation = 1, state = 'unanswered'`);
      await em.query('UPDATE credentials SET generation = 1');
      const taken = journal().take(subject);
      await untilSomebodyWaits();
      return { taken };
    });
    expect(await waited.taken).toBeNull();
    expect(await kit.sql(ctx, 'SELECT generation, state, owner FROM credential_refreshes')).toEqual([
      { generation: expect.anything() as unknown, state: 'unanswered', owner: null },
    ]);
  });

  /** Resolves when somebody in this database waits for a row that another transaction has changed. */
  const untilSomebodyWaits = async (): Promise<void> => {
    const text = `SELECT 1 FROM pg_locks l JOIN pg_stat_activity s USING (pid) WHERE NOT l.granted AND s.datname = current_database()`;
    while ((await kit.database.system.query({ name: 'test_waiting', text }, [])).length === 0) await sleep(10);
  };

  it('R5 lets nobody send the token of an account that was disconnected while the lease was held', async () => {
    await kit.node.get(ConnectedAccountsService).disconnect(ctx, subject.id);
    expect(await begin()).toEqual([false, 'ready']);
  });
});
