import type { JsonObject, RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { AuditEventView } from './audit-event-view.js';
import { AuditQuery, type AuditPage } from './audit-query.js';
import { AuditTrail } from './audit-trail.js';
import type { AuditFilters } from './event-conditions.js';

/** Reading the trail on behalf of somebody: what was asked for is itself part of the trail, whichever door it came through. */
@Injectable()
export class AuditReading {
  constructor(
    private readonly query: AuditQuery,
    private readonly trail: AuditTrail,
  ) {}

  /** A page, newest first. Throws `invalid_arguments` for a bad page token. */
  async list(ctx: RequestContext, filters: AuditFilters, page: AuditPage): ReturnType<AuditQuery['list']> {
    const found = await this.query.list(ctx, filters, page);
    await this.record(ctx, 'audit.listed', filters);
    return found;
  }

  /** Everything, oldest first. Resolves once the export is recorded; nothing is read before. */
  async export(ctx: RequestContext, filters: AuditFilters): Promise<AsyncIterable<AuditEventView>> {
    await this.record(ctx, 'audit.exported', filters);
    return this.query.export(ctx, filters);
  }

  private async record(
    ctx: RequestContext,
    type: 'audit.listed' | 'audit.exported',
    filters: AuditFilters,
  ): Promise<void> {
    const { tenantId, source, requestId } = ctx;
    const clientId = ctx.caller?.clientId ?? null;
    await this.trail.record({ tenantId, source, requestId, clientId, type, detail: { filters: shown(filters) } });
  }
}

/** The given filters, named and written as in the stored records. */
function shown(filters: AuditFilters): JsonObject {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  const named = given.map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]);
  return JSON.parse(JSON.stringify(Object.fromEntries(named))) as JsonObject;
}
