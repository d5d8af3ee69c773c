import { APP_CONFIG, type AppConfig } from '#app/config';
import { CLOCK, INSTALLATION_TENANT, newId, type Clock, type JsonObject } from '#app/kernel';
import { SystemDatabase } from '#app/database';
import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import type { LifecycleEventType } from './event-types.js';
import { OrphanSearch } from './orphan-search.js';
import { orphanMarginMs, unknownOutcome } from './orphans.js';

const DAY_MS = 86_400_000;
/** How often it is written down up to when calls have been reconciled. */
const MARK_EVERY_MS = 600_000;
/** Looked at again each time, for records of a node whose clock is behind. */
const OVERLAP_MS = 180_000;

/** What keeps the trail in order. Every method may run on every node at any time, and again. */
@Injectable()
export class AuditMaintenance {
  private readonly orphans: OrphanSearch;
  /** How far this process has come itself; what is written down lags behind. */
  private reconciled = 0;

  constructor(
    private readonly database: SystemDatabase,
    private readonly trail: AuditTrail,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    this.orphans = new OrphanSearch(database);
  }

  /** Makes the partitions from yesterday to a week ahead. Without one for today nothing can be recorded, and no call made. */
  async ensurePartitions(): Promise<void> {
    await this.database.query(ENSURE, [this.day(0)]);
  }

  /**
   * Drops the partitions of days that are more than `retentionDays` ago; returns their names. With 90, day 90 is kept and
   * day 91 is gone.
   */
  async dropExpired(retentionDays: number = this.config.audit.retentionDays): Promise<string[]> {
    const before = this.day(-retentionDays);
    const expired = await this.database.query<{ next_day: string }>(EXPIRED, [before]);
    const dropped: string[] = [];
    for (const { next_day } of expired) {
      // A day at a time: after retention was shortened, all at once would run into the statement timeout, again and again.
      const rows = await this.database.query<{ partitions: string[] }>(DROP, [next_day]);
      dropped.push(...(rows[0]?.partitions ?? []));
    }
    if (dropped.length > 0) await this.note('audit.expired', { before, partitions: dropped });
    return dropped;
  }

  /**
   * Gives every intent that lost its process an outcome `unknown`; returns how many. One node works at a time, the others
   * return 0. `marginMs`: how old an intent has to be.
   */
  async closeOrphans(marginMs: number = orphanMarginMs(this.config)): Promise<number> {
    let closed = 0;
    await this.database.withLock('audit.close_orphans', async () => {
      closed = await this.closeUpTo(this.clock.now() - marginMs);
    });
    return closed;
  }

  private async closeUpTo(until: number): Promise<number> {
    const mark = await this.lastMark();
    let closed = 0;
    for await (const orphans of this.orphans.between(Math.max(mark, this.reconciled) - OVERLAP_MS, until)) {
      await Promise.all(orphans.map((orphan) => this.trail.recordOutcome(unknownOutcome(orphan))));
      closed += orphans.length;
    }
    this.reconciled = Math.max(this.reconciled, until);
    if (until - mark >= MARK_EVERY_MS) await this.note('audit.reconciled', { through: until, closed });
    return closed;
  }

  /** Up to when calls have been reconciled (milliseconds since the epoch); 0 if never. */
  private async lastMark(): Promise<number> {
    const rows = await this.database.query<{ through: number }>(LAST_MARK, [INSTALLATION_TENANT]);
    return rows[0]?.through ?? 0;
  }

  private note(type: LifecycleEventType, detail: JsonObject): Promise<void> {
    return this.trail.record({
      tenantId: INSTALLATION_TENANT,
      type,
      source: 'job',
      requestId: newId('request'),
      detail,
    });
  }

  /** A UTC day, counted from today. */
  private day(offset: number): string {
    return new Date(this.clock.now() + offset * DAY_MS).toISOString().slice(0, 10);
  }
}

const ENSURE = {
  name: 'audit_ensure_partitions',
  text: 'SELECT audit_ensure_partition($1::date + n) FROM generate_series(-1, 7) AS n',
} as const;

const EXPIRED = {
  name: 'audit_expired_days',
  text: `
    SELECT (day + 1)::text AS next_day
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid, to_date(right(relname, 8), 'YYYYMMDD') AS day
    WHERE inhparent = 'audit_events'::regclass AND relname ~ '^audit_events_[0-9]{8}$' AND day < $1::date
    ORDER BY day`,
} as const;

const DROP = { name: 'audit_drop_expired', text: 'SELECT audit_drop_partitions($1::date) AS partitions' } as const;

const LAST_MARK = {
  name: 'audit_last_mark',
  text: `
    SELECT (detail ->> 'through')::float8 AS through FROM audit_events
    WHERE tenant_id = $1 AND type = 'audit.reconciled' ORDER BY id DESC LIMIT 1`,
} as const;
