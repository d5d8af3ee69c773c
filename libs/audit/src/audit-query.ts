import { APP_CONFIG, type AppConfig } from '#app/config';
import { AppError, CLOCK, timeOfId, type Clock, type EventId, type RequestContext, type TenantId } from '#app/kernel';
import { TenantDatabase } from '#app/database';
import { Inject, Injectable } from '@nestjs/common';
import { type AuditEventRow, type AuditEventView, toAuditEventView } from './audit-event-view.js';
import { type AuditFilters, EventConditions } from './event-conditions.js';
import { type ExecutionView, toExecutionView } from './execution-view.js';
import { orphanMarginMs } from './orphans.js';
import { pageTokenOf, readPageToken } from './page-token.js';

export interface AuditPage {
  /** 1 to 500, 50 by default. */
  readonly pageSize?: number | undefined;
  /** `nextPageToken` of the page before; absent or empty for the first. */
  readonly pageToken?: string | undefined;
}

const DEFAULT_PAGE = 50;
export const MAX_AUDIT_PAGE = 500;
const EXPORT_CHUNK = 500;
const NO_FILTERS: AuditFilters = {};

/**
 * Reads a tenant's own trail, under row-level security. Who reads has to record it (`audit.listed`, `audit.exported`): this
 * class does not know what a read is for.
 */
@Injectable()
export class AuditQuery {
  constructor(
    private readonly database: TenantDatabase,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** A page of events, newest first; `nextPageToken` is empty on the last one. Throws `invalid_arguments` for a bad page. */
  async list(
    ctx: RequestContext,
    filters: AuditFilters = NO_FILTERS,
    page: AuditPage = {},
  ): Promise<{ events: AuditEventView[]; nextPageToken: string }> {
    const size = readPageSize(page.pageSize);
    const where = new EventConditions(ctx.tenantId, filters);
    if (page.pageToken) where.before(readPageToken(page.pageToken));
    const rows = await this.read(ctx.tenantId, where, `ORDER BY id DESC LIMIT ${size + 1}`);
    const events = rows.slice(0, size).map(toAuditEventView);
    const last = events.at(-1);
    return { events, nextPageToken: rows.length > size && last !== undefined ? pageTokenOf(last.id) : '' };
  }

  /**
   * Every matching event that was recorded when the export began, oldest first. Holds one chunk in memory and no transaction
   * between chunks, however slowly it is read; what is recorded meanwhile is not part of it. Stops when `ctx.signal` aborts.
   */
  async *export(
    ctx: RequestContext,
    filters: AuditFilters = NO_FILTERS,
  ): AsyncGenerator<AuditEventView, void, undefined> {
    const newest = await this.newest(ctx.tenantId, filters);
    if (newest === null) return;
    let last: EventId | undefined;
    do {
      const where = new EventConditions(ctx.tenantId, filters).upTo(newest);
      if (last !== undefined) where.after(last);
      const rows = await this.read(ctx.tenantId, where, `ORDER BY id LIMIT ${EXPORT_CHUNK}`);
      for (const row of rows) yield toAuditEventView(row);
      last = rows.length < EXPORT_CHUNK ? undefined : rows.at(-1)?.id;
    } while (last !== undefined && ctx.signal?.aborted !== true);
  }

  /** One tool call with its outcome; null when this tenant has none of that id. */
  async execution(ctx: RequestContext, executionId: string): Promise<ExecutionView | null> {
    const startedAt = timeOfId(executionId);
    if (startedAt === null) return null;
    // Records of a call are not older than its id. Where clocks disagree they may be: then all partitions are looked into.
    const recent = await this.executionEvents(ctx.tenantId, { executionId, startTime: new Date(startedAt - 60_000) });
    const events = recent.some(isBeginning) ? recent : await this.executionEvents(ctx.tenantId, { executionId });
    return events.length === 0 ? null : toExecutionView(events, this.clock.now() - orphanMarginMs(this.config));
  }

  private async executionEvents(tenantId: TenantId, filters: AuditFilters): Promise<AuditEventView[]> {
    const rows = await this.read(tenantId, new EventConditions(tenantId, filters), 'ORDER BY id');
    return rows.map(toAuditEventView);
  }

  private async newest(tenantId: TenantId, { startTime, endTime }: AuditFilters): Promise<EventId | null> {
    const rows = await this.read(
      tenantId,
      new EventConditions(tenantId, { startTime, endTime }),
      'ORDER BY id DESC LIMIT 1',
    );
    return rows[0]?.id ?? null;
  }

  private read(tenantId: TenantId, where: EventConditions, rest: string): Promise<AuditEventRow[]> {
    const statement = `SELECT * FROM audit_events WHERE ${where.text} ${rest}`;
    return this.database.withTenant(tenantId, (em) => em.query<AuditEventRow[]>(statement, where.values));
  }
}

const isBeginning = ({ kind }: AuditEventView): boolean => kind === 'intent' || kind === 'denial';

function readPageSize(size: number = DEFAULT_PAGE): number {
  if (Number.isInteger(size) && size >= 1 && size <= MAX_AUDIT_PAGE) return size;
  const message = `must be a whole number from 1 to ${MAX_AUDIT_PAGE}`;
  throw new AppError('invalid_arguments', `page_size ${message}.`, { errors: [{ field: 'page_size', message }] });
}
