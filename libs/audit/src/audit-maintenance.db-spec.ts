import { INSTALLATION_TENANT } from '#app/kernel';
import { keepAuditFor } from './retention.js';
import { AuditFixture, intentOf, outcomeOf } from '../test/audit-fixture.js';

const DAY = 86_400_000;
const PAST_MARGIN = 90_001;

describe('AuditMaintenance', () => {
  let fixture: AuditFixture;

  beforeEach(async () => {
    fixture = await AuditFixture.open();
  });
  afterEach(() => fixture.close());

  const dayName = (offset: number): string =>
    `audit_events_${new Date(fixture.clock.now() + offset * DAY).toISOString().slice(0, 10).replaceAll('-', '')}`;

  const partitions = async (): Promise<string[]> => {
    const { rows } = await fixture.owner.query<{ relname: string }>(
      `SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'audit_events'::regclass AND relkind = 'r' ORDER BY 1`,
    );
    return rows.map(({ relname }) => relname);
  };

  const makePartition = (offset: number) =>
    fixture.owner.query('SELECT audit_ensure_partition($1::date)', [new Date(fixture.clock.now() + offset * DAY)]);

  describe('ensurePartitions', () => {
    it('makes those from yesterday to a week ahead, also when several nodes do so at once and again', async () => {
      fixture.clock.advance(40 * DAY);
      const others = [fixture.newMaintenance(), fixture.newMaintenance()];
      await Promise.all([fixture.maintenance, ...others].map((node) => node.ensurePartitions()));
      await fixture.maintenance.ensurePartitions();
      const wanted = Array.from({ length: 9 }, (_, n) => dayName(n - 1));
      expect(await partitions()).toEqual(expect.arrayContaining(wanted));
      expect(await partitions()).not.toContain(dayName(8));
    });
  });

  describe('dropExpired', () => {
    it('A8 keeps day 90 and drops day 91 with its records', async () => {
      for (const day of [-89, -90, -91, -92, -200]) await makePartition(day);
      const dropped = await fixture.maintenance.dropExpired();
      expect(dropped).toEqual([dayName(-200), dayName(-92), dayName(-91)]);
      expect(await partitions()).toEqual(expect.arrayContaining([dayName(-90), dayName(-89), dayName(0)]));
      expect(await fixture.maintenance.dropExpired()).toEqual([]);
    });

    it('A8 drops a record with the passing of time, a day after its last', async () => {
      const tenant = await fixture.newTenant();
      await fixture.trail.admit(intentOf(tenant));
      fixture.clock.advance(7 * DAY);
      expect(await fixture.maintenance.dropExpired(7)).not.toContain(dayName(-7));
      expect(await fixture.count(tenant.tenantId)).toBe(1);
      fixture.clock.advance(DAY);
      await fixture.maintenance.ensurePartitions();
      expect(await fixture.maintenance.dropExpired(7)).toContain(dayName(-8));
      expect(await fixture.count(tenant.tenantId)).toBe(0);
    });

    it('A8 drops no day within what the owner keeps, whatever the login of the jobs asks for', async () => {
      await keepAuditFor(90)(async (text, values) => void (await fixture.owner.query(text, values)));
      await makePartition(-91);
      const before = await partitions();
      await fixture.maintenance.dropExpired(-30);
      expect(before.filter((name) => !name.endsWith(dayName(-91)))).toEqual(await partitions());
    });

    it('records what it dropped', async () => {
      await makePartition(-91);
      await fixture.maintenance.dropExpired();
      const { rows } = await fixture.owner.query<{ detail: unknown }>(
        `SELECT detail FROM audit_events WHERE tenant_id = $1 AND type = 'audit.expired'`,
        [INSTALLATION_TENANT],
      );
      expect(rows).toEqual([{ detail: { before: expect.any(String), partitions: [dayName(-91)] } }]);
    });
  });

  describe('closeOrphans', () => {
    it('A2 gives a call without outcome one of unknown, and touches no other', async () => {
      const tenant = await fixture.newTenant();
      const [lost, finished] = [intentOf(tenant), intentOf(tenant)];
      await Promise.all([fixture.trail.admit(lost), fixture.trail.admit(finished)]);
      await fixture.trail.recordOutcome(outcomeOf(finished));
      fixture.clock.advance(PAST_MARGIN);
      const running = intentOf(tenant);
      await fixture.trail.admit(running);
      expect(await fixture.maintenance.closeOrphans()).toBe(1);
      const { events } = await fixture.query.list(tenant.ctx, { kind: 'outcome', executionId: lost.executionId });
      expect(events).toEqual([
        expect.objectContaining({
          status: 'unknown',
          errorCode: 'unknown_outcome',
          source: 'job',
          accountId: tenant.accountId,
        }),
      ]);
      expect(await fixture.query.execution(tenant.ctx, lost.executionId)).toMatchObject({ status: 'unknown' });
      expect(await fixture.query.execution(tenant.ctx, finished.executionId)).toMatchObject({ status: 'success' });
      expect(await fixture.query.execution(tenant.ctx, running.executionId)).toMatchObject({ status: 'running' });
    });

    it('A2 closes each of many orphans exactly once, with two nodes at work and run after run', async () => {
      const tenants = [await fixture.newTenant(), await fixture.newTenant()];
      await Promise.all(
        Array.from({ length: 450 }, (_, n) => fixture.trail.admit(intentOf(tenants[n % 2] as (typeof tenants)[0]))),
      );
      fixture.clock.advance(PAST_MARGIN);
      const other = fixture.newMaintenance();
      const closed = await Promise.all([fixture.maintenance.closeOrphans(), other.closeOrphans()]);
      expect(closed.reduce((sum, n) => sum + n, 0)).toBe(450);
      expect([await fixture.maintenance.closeOrphans(), await other.closeOrphans()]).toEqual([0, 0]);
      for (const { tenantId } of tenants) {
        expect(await fixture.count(tenantId, `kind = 'outcome' AND status = 'unknown'`)).toBe(225);
        expect(await fixture.count(tenantId, `kind = 'intent'`)).toBe(225);
      }
    });

    it('A2 finds what was lost long ago, in whichever hour, and what is lost after it has run', async () => {
      const tenant = await fixture.newTenant();
      await fixture.trail.admit(intentOf(tenant));
      fixture.clock.advance(3 * DAY);
      await fixture.trail.admit(intentOf(tenant));
      fixture.clock.advance(3 * DAY);
      expect(await fixture.maintenance.closeOrphans()).toBe(2);
      await fixture.trail.admit(intentOf(tenant));
      expect(await fixture.maintenance.closeOrphans()).toBe(0);
      fixture.clock.advance(DAY);
      expect(await fixture.maintenance.closeOrphans()).toBe(1);
      expect(await fixture.maintenance.closeOrphans()).toBe(0);
    });

    it('writes down how far it came, but not each time', async () => {
      const marks = () => fixture.count(INSTALLATION_TENANT, `type = 'audit.reconciled'`);
      await fixture.maintenance.closeOrphans();
      fixture.clock.advance(60_000);
      await fixture.maintenance.closeOrphans();
      expect(await marks()).toBe(1);
      fixture.clock.advance(600_000);
      await fixture.maintenance.closeOrphans();
      expect(await marks()).toBe(2);
    });

    it('does not go past what it could not close', async () => {
      const tenant = await fixture.newTenant();
      await fixture.trail.admit(intentOf(tenant));
      fixture.clock.advance(DAY);
      await fixture.owner.query('REVOKE INSERT ON audit_events FROM gatehouse_system');
      await expect(fixture.maintenance.closeOrphans()).rejects.toMatchObject({ code: 'not_available' });
      await fixture.owner.query('GRANT INSERT ON audit_events TO gatehouse_system');
      expect(await fixture.maintenance.closeOrphans()).toBe(1);
    });
  });
});
