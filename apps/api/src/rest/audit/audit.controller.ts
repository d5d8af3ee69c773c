import { AuditReading, type AuditEventView } from '#app/audit';
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
  constructor(private readonly trail: AuditReading) {}

  @Get('api/v1/audit/events')
  @Route({
    permission: 'audit:read',
    audit: 'audit.listed',
    summary: 'The audit trail, newest first; reading it is itself recorded',
    returns: AuditEventPage,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListAuditQuery): Promise<AuditEventPage> {
    const asked = { pageSize: query.page_size, pageToken: query.page_token };
    const page = await this.trail.list(ctx, filtersOf(query), asked);
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
    const lines = Readable.from(ndjson(await this.trail.export(ctx, filtersOf(query))));
    await reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="audit-events.ndjson"')
      .header('cache-control', 'no-store')
      .send(lines);
  }
}

async function* ndjson(events: AsyncIterable<AuditEventView>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(auditEventView(event))}\n`;
}
