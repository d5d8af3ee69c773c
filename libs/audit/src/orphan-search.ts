import { timeOfId } from '#app/kernel';
import type { SystemDatabase } from '#app/database';
import type { AuditEventRow } from './audit-event-view.js';
import { firstIdAt } from './event-ids.js';

/** A call takes the search some 20 us: at a thousand calls a second this stays well below the statement timeout. */
const SLICE_MS = 60_000;
const AT_ONCE = 200;

/** Finds intents without an outcome, in all tenants. */
export class OrphanSearch {
  constructor(private readonly database: Pick<SystemDatabase, 'query'>) {}

  /**
   * Those of a stretch of time (milliseconds since the epoch), a handful at a time. The consumer must have closed them before
   * it asks for more. Goes minute by minute, so that no statement runs long, and passes over time in which nothing happened.
   */
  async *between(from: number, until: number): AsyncGenerator<AuditEventRow[], void, undefined> {
    for (let start = await this.firstEvent(from, until); start !== null;) {
      const end = Math.min(start + SLICE_MS, until);
      for (let full = true; full;) {
        const orphans = await this.database.query<AuditEventRow>(ORPHANS, bounds(start, end));
        full = orphans.length === AT_ONCE;
        if (orphans.length > 0) yield orphans;
      }
      start = await this.firstEvent(end, until);
    }
  }

  /** The time of the first event of any tenant in a stretch of time. */
  private async firstEvent(from: number, until: number): Promise<number | null> {
    if (from >= until) return null;
    const rows = await this.database.query<{ id: string | null }>(FIRST_EVENT, bounds(from, until));
    return timeOfId(rows[0]?.id ?? '');
  }
}

const bounds = (from: number, until: number): unknown[] => [
  firstIdAt(from),
  firstIdAt(until),
  new Date(Math.max(from, 0)),
  new Date(until),
];

/** Bounds for the place in the index, and for the partitions. */
const WITHIN = 'event.id >= $1 AND event.id < $2 AND event.occurred_at >= $3 AND event.occurred_at < $4';

/** Tenant by tenant, so that the primary key finds the stretch of time. */
const ORPHANS = {
  name: 'audit_find_orphans',
  text: `
    SELECT orphan.* FROM tenants
    CROSS JOIN LATERAL (
      SELECT event.* FROM audit_events event
      WHERE event.tenant_id = tenants.tenant_id AND event.kind = 'intent' AND ${WITHIN}
        AND NOT EXISTS (
          SELECT FROM audit_events outcome
          WHERE outcome.tenant_id = event.tenant_id AND outcome.execution_id = event.execution_id
            AND outcome.kind = 'outcome' AND outcome.occurred_at >= $3)
    ) orphan
    LIMIT ${AT_ONCE}`,
} as const;

const FIRST_EVENT = {
  name: 'audit_first_event',
  text: `
    SELECT min(first.id) AS id FROM tenants
    CROSS JOIN LATERAL (
      SELECT event.id FROM audit_events event WHERE event.tenant_id = tenants.tenant_id AND ${WITHIN} ORDER BY event.id LIMIT 1
    ) first`,
} as const;
