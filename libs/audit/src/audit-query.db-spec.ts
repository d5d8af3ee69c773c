import { newId, type EventId } from '#app/kernel';
import { AuditFixture, intentOf, outcomeOf, type TestTenant } from '../test/audit-fixture.js';
import type { AuditEventView, AuditFilters } from './index.js';

const MINUTE = 60_000;

async function collect(events: AsyncIterable<AuditEventView>): Promise<AuditEventView[]> {
  const all: AuditEventView[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('AuditQuery', () => {
  let fixture: AuditFixture;
  let tenant: TestTenant;

  beforeAll(async () => {
    fixture = await AuditFixture.open();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    tenant = await fixture.newTenant();
  });

  /** Admits calls with outcomes, one after the other in the order of the trail. */
  const makeCalls = async (count: number, of: TestTenant = tenant): Promise<void> => {
    // as many at once as one tenant may have waiting
    for (let left = count; left > 0; left -= 500)
      await Promise.all(Array.from({ length: Math.min(left, 500) }, () => fixture.trail.admit(intentOf(of))));
  };

  const ids = (events: readonly AuditEventView[]): EventId[] => events.map(({ id }) => id);

  const allPages = async (filters: AuditFilters, pageSize: number, between = async (): Promise<void> => undefined) => {
    const seen: EventId[] = [];
    let pageToken = '';
    do {
      const page = await fixture.query.list(tenant.ctx, filters, { pageSize, pageToken });
      seen.push(...ids(page.events));
      pageToken = page.nextPageToken;
      await between();
    } while (pageToken !== '');
    return seen;
  };

  describe('list', () => {
    it('shows the newest first, 50 by default', async () => {
      await makeCalls(60);
      const { events, nextPageToken } = await fixture.query.list(tenant.ctx);
      expect(events).toHaveLength(50);
      expect(ids(events)).toEqual(ids(events).toSorted().toReversed());
      expect(nextPageToken).not.toBe('');
    });

    it('has no next page when a page ends exactly at the end', async () => {
      await makeCalls(4);
      const first = await fixture.query.list(tenant.ctx, {}, { pageSize: 2 });
      const second = await fixture.query.list(tenant.ctx, {}, { pageSize: 2, pageToken: first.nextPageToken });
      expect(second.events).toHaveLength(2);
      expect(second.nextPageToken).toBe('');
    });

    it('pages through what was there, each once, while more is recorded', async () => {
      await makeCalls(45);
      const before = ids((await fixture.query.list(tenant.ctx, {}, { pageSize: 500 })).events);
      expect(await allPages({}, 10, () => makeCalls(3))).toEqual(before);
    });

    it('pages across days', async () => {
      const there = await AuditFixture.open();
      try {
        const of = await there.newTenant();
        for (let day = 0; day < 4; day++) {
          await there.trail.admit(intentOf(of));
          there.clock.advance(86_400_000);
        }
        const first = await there.query.list(of.ctx, {}, { pageSize: 3 });
        const rest = await there.query.list(of.ctx, {}, { pageSize: 3, pageToken: first.nextPageToken });
        expect([...first.events, ...rest.events]).toHaveLength(4);
      } finally {
        await there.close();
      }
    });

    it.each([0, 501, 1.5, -1, Number.NaN])('refuses a page size of %p', async (pageSize) => {
      await expect(fixture.query.list(tenant.ctx, {}, { pageSize })).rejects.toMatchObject({
        code: 'invalid_arguments',
        errors: [{ field: 'page_size' }],
      });
    });

    it('refuses a page token that is none', async () => {
      await expect(fixture.query.list(tenant.ctx, {}, { pageToken: 'garbage' })).rejects.toMatchObject({
        code: 'invalid_arguments',
      });
    });

    it('shows nothing of another tenant, also to a page token or a filter of theirs', async () => {
      const other = await fixture.newTenant();
      await makeCalls(5, other);
      await makeCalls(3);
      const theirs = await fixture.query.list(other.ctx, {}, { pageSize: 1 });
      const mine = await fixture.query.list(tenant.ctx, {}, { pageSize: 10 });
      expect(mine.events).toHaveLength(3);
      expect(mine.events.every(({ tenantId }) => tenantId === tenant.tenantId)).toBe(true);
      const continued = await fixture.query.list(tenant.ctx, {}, { pageToken: theirs.nextPageToken });
      expect(continued.events.every(({ tenantId }) => tenantId === tenant.tenantId)).toBe(true);
      const filters = { accountId: other.accountId, executionId: theirs.events[0]?.executionId ?? '' };
      expect((await fixture.query.list(tenant.ctx, filters)).events).toEqual([]);
      expect(await collect(fixture.query.export(tenant.ctx))).toHaveLength(3);
      expect(await fixture.query.execution(tenant.ctx, theirs.events[0]?.executionId ?? '')).toBeNull();
    });
  });

  describe('filters', () => {
    const start = new Date('2026-01-01T00:00:00Z');
    const intent = () =>
      intentOf(tenant, { identifier: "o'brien", source: 'mcp', tool: 'a_tool', requestId: newId('request') });

    const seed = async () => {
      const mine = intent();
      await fixture.trail.admit(mine);
      await fixture.trail.recordOutcome(outcomeOf(mine, { status: 'failure' }));
      await fixture.trail.recordDenial({
        ...intentOf(tenant, { clientId: null, accountId: null, connectionId: null }),
        reason: 'no',
        errorCode: 'policy_denied',
        durationMs: 0,
      });
      await fixture.trail.record({
        tenantId: tenant.tenantId,
        type: 'connection.created',
        source: 'browser',
        requestId: newId('request'),
      });
      return mine;
    };

    it.each<[string, (mine: ReturnType<typeof intent>) => AuditFilters, string[]]>([
      ['types', () => ({ types: ['tool.requested', 'connection.created'] }), ['connection.created', 'tool.requested']],
      ['no types', () => ({ types: [], kind: 'event' }), ['connection.created']],
      ['kind', () => ({ kind: 'outcome' }), ['tool.executed']],
      ['tool', () => ({ tool: 'a_tool' }), ['tool.executed', 'tool.requested']],
      ['identifier', () => ({ identifier: "o'brien" }), ['tool.executed', 'tool.requested']],
      ['account', () => ({ accountId: tenant.accountId }), ['tool.executed', 'tool.requested']],
      ['connection', () => ({ connectionId: tenant.connectionId, kind: 'intent' }), ['tool.requested']],
      ['client', () => ({ clientId: tenant.clientId }), ['tool.executed', 'tool.requested']],
      ['status', () => ({ status: 'denied' }), ['tool.refused']],
      ['decision', () => ({ decision: 'allow' }), ['tool.requested']],
      ['execution', (mine) => ({ executionId: mine.executionId }), ['tool.executed', 'tool.requested']],
      ['request', (mine) => ({ requestId: mine.requestId }), ['tool.executed', 'tool.requested']],
      ['source', () => ({ source: 'browser' }), ['connection.created']],
      ['several at once', () => ({ source: 'mcp', status: 'failure' }), ['tool.executed']],
      ['what nothing matches', () => ({ source: 'mcp', decision: 'deny' }), []],
      ['text with a NUL', () => ({ identifier: 'a\0b' }), []],
      [
        'a time in which nothing happened',
        () => ({ startTime: start, endTime: new Date(start.getTime() + MINUTE) }),
        [],
      ],
    ])('finds by %s', async (_what, filters, types) => {
      const mine = await seed();
      const { events } = await fixture.query.list(tenant.ctx, filters(mine));
      expect(events.map(({ type }) => type)).toEqual(types);
      expect((await collect(fixture.query.export(tenant.ctx, filters(mine)))).map(({ type }) => type)).toEqual(
        types.toReversed(),
      );
    });

    it('includes the start and excludes the end of a stretch of time', async () => {
      const times: Date[] = [];
      for (let n = 0; n < 3; n++) {
        fixture.clock.advance(MINUTE);
        times.push(new Date(fixture.clock.now()));
        await makeCalls(1);
      }
      const found = await fixture.query.list(tenant.ctx, { startTime: times[0], endTime: times[2] });
      expect(found.events.map(({ occurredAt }) => occurredAt)).toEqual([times[1], times[0]]);
      expect(await allPages({ startTime: times[0], endTime: times[2] }, 1)).toEqual(ids(found.events));
    });
  });

  describe('export', () => {
    it('gives all that was recorded when it began, once and oldest first, while more is recorded', async () => {
      await makeCalls(1_203);
      const { events } = await fixture.query.list(tenant.ctx, {}, { pageSize: 1 });
      const exported: EventId[] = [];
      for await (const { id } of fixture.query.export(tenant.ctx)) {
        exported.push(id);
        if (exported.length % 200 === 1) await makeCalls(20);
      }
      expect(exported).toHaveLength(1_203);
      expect(exported).toEqual(exported.toSorted());
      expect(new Set(exported).size).toBe(1_203);
      expect(exported.at(-1)).toBe(events[0]?.id);
    });

    it('ends at the end of a full chunk', async () => {
      await makeCalls(500);
      expect(await collect(fixture.query.export(tenant.ctx))).toHaveLength(500);
    });

    it('is empty for a tenant without events', async () => {
      expect(await collect(fixture.query.export(tenant.ctx))).toEqual([]);
    });

    it('stops when its reader has gone', async () => {
      await makeCalls(1_100);
      const gone = new AbortController();
      let read = 0;
      for await (const _event of fixture.query.export({ ...tenant.ctx, signal: gone.signal })) {
        read += 1;
        gone.abort();
      }
      expect(read).toBe(500);
    });
  });

  describe('execution', () => {
    it('shows a call from its intent to its outcome', async () => {
      const intent = intentOf(tenant);
      await fixture.trail.admit(intent);
      expect(await fixture.query.execution(tenant.ctx, intent.executionId)).toMatchObject({
        status: 'running',
        finishedAt: null,
      });
      fixture.clock.advance(1_000);
      await fixture.trail.recordOutcome(outcomeOf(intent));
      expect(await fixture.query.execution(tenant.ctx, intent.executionId)).toMatchObject({
        executionId: intent.executionId,
        status: 'success',
        tool: 'intercom_conversation_get',
        identifier: 'user_1',
        startedAt: new Date(fixture.clock.now() - 1_000),
        finishedAt: new Date(fixture.clock.now()),
        durationMs: 12,
        upstreamStatus: 200,
        arguments: { conversation_id: '1' },
        result: { id: '1' },
      });
    });

    it('calls a call without outcome unknown once its process must have ended', async () => {
      const intent = intentOf(tenant);
      await fixture.trail.admit(intent);
      fixture.clock.advance(90_001);
      expect(await fixture.query.execution(tenant.ctx, intent.executionId)).toMatchObject({ status: 'unknown' });
    });

    it('shows a denial', async () => {
      const denied = intentOf(tenant);
      await fixture.trail.recordDenial({ ...denied, reason: 'toolset', errorCode: 'policy_denied', durationMs: 2 });
      expect(await fixture.query.execution(tenant.ctx, denied.executionId)).toMatchObject({
        status: 'denied',
        reason: 'toolset',
      });
    });

    it('finds a call whose id is younger than its records, as when the clocks of two nodes disagree', async () => {
      const late = {
        ...intentOf(tenant),
        executionId: `exe_${'7'.padEnd(26, 'Z')}` as ReturnType<typeof intentOf>['executionId'],
      };
      await fixture.trail.admit(late);
      expect(await fixture.query.execution(tenant.ctx, late.executionId)).toMatchObject({ status: 'running' });
    });

    it.each(['', 'exe_1', 'last', "' OR 1=1", newId('execution')])('is null for %p', async (id) => {
      expect(await fixture.query.execution(tenant.ctx, id)).toBeNull();
    });
  });
});
