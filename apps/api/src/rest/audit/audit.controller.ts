import { AuditQuery, AuditTrail } from '#app/audit';
import type { RequestContext } from '#app/kernel';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { Ctx, type Reply } from '../request.js';
import { Route } from '../route.decorator.js';
import { AuditFilterQuery, ListAuditQuery } from './audit.dto.js';
import { filtersOf } from './audit-filters.js';
import { auditEventView } from './audit.mapper.js';
import { AuditEventPage } from './audit.view.js';

@ApiTags('Audit')
@Controller()
export class AuditController {
  constructor(
    private readonly query: AuditQuery,
    private readonly trail: AuditTrail,
  ) {}

  @Get('api/v1/audit/events')
  @Route({
    permission: 'audit:read',
    audit: 'audit.listed',
    summary: 'The audit trail, newest first; reading it is itself recorded',
    returns: AuditEventPage,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListAuditQuery): Promise<AuditEventPage> {
    const filters = filtersOf(query);
    const page = await this.query.list(ctx, filters, { pageSize: query.page_size, pageToken: query.page_token });
    await this.recordReading(ctx, 'audit.listed', query);
    return { events: page.events.map(auditEventView), next_page_token: page.nextPageToken };
  }

  @Get('api/v1/audit/events/~export')
  @ApiOkResponse({
    description: 'One event per line',
    content: { 'application/x-ndjson': { schema: { type: 'string' } } },
  })
  @Route({
    permission: 'audit:read',
    audit: 'audit.exported',
    summary: 'The audit trail as one JSON object per line, oldest first, streamed',
  })
  async export(@Ctx() ctx: RequestContext, @Query() query: AuditFilterQuery, @Res() reply: Reply): Promise<void> {
    const filters = filtersOf(query);
    await this.recordReading(ctx, 'audit.exported', query);
    const lines = Readable.from(ndjson(this.query.export(ctx, filters)));
    await reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="audit-events.ndjson"')
      .header('cache-control', 'no-store')
      .send(lines);
  }

  private async recordReading(
    ctx: RequestContext,
    type: 'audit.listed' | 'audit.exported',
    query: AuditFilterQuery,
  ): Promise<void> {
    const { page_token: _, page_size: __, ...filters } = query as ListAuditQuery;
    await this.trail.record({
      tenantId: ctx.tenantId,
      type,
      source: ctx.source,
      requestId: ctx.requestId,
      ...(ctx.caller ? { clientId: ctx.caller.clientId } : {}),
      detail: { filters: JSON.parse(JSON.stringify(filters)) as Record<string, string> },
    });
  }
}

async function* ndjson(events: ReturnType<AuditQuery['export']>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(auditEventView(event))}\n`;
}
