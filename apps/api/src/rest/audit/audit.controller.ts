import { AuditQuery, AuditTrail, type AuditFilters } from '#app/audit';
import type { RequestContext } from '#app/kernel';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { Ctx, type Reply } from '../request.js';
import { Route } from '../route.decorator.js';
import { AuditFilterQuery, ListAuditQuery } from './audit.dto.js';
import { auditEventView } from './audit.mapper.js';

@ApiTags('Audit')
@Controller()
export class AuditController {
  constructor(
    private readonly query: AuditQuery,
    private readonly trail: AuditTrail,
  ) {}

  /** The audit trail, newest first. Reading it is itself recorded. */
  @Get('api/v1/audit/events')
  @Route({ permission: 'audit:read', audit: 'audit.listed' })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListAuditQuery): Promise<object> {
    const filters = filtersOf(query);
    const page = await this.query.list(ctx, filters, { pageSize: query.page_size, pageToken: query.page_token });
    await this.recordReading(ctx, 'audit.listed', query);
    return { events: page.events.map(auditEventView), next_page_token: page.nextPageToken };
  }

  /** The audit trail as one JSON object per line, oldest first, streamed. */
  @Get('api/v1/audit/events/~export')
  @ApiProduces('application/x-ndjson')
  @Route({ permission: 'audit:read', audit: 'audit.exported' })
  async export(@Ctx() ctx: RequestContext, @Query() query: AuditFilterQuery, @Res() reply: Reply): Promise<void> {
    await this.recordReading(ctx, 'audit.exported', query);
    const lines = Readable.from(ndjson(this.query.export(ctx, filtersOf(query))));
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

const filtersOf = (query: AuditFilterQuery): AuditFilters => ({
  startTime: query.start_time === undefined ? undefined : new Date(query.start_time),
  endTime: query.end_time === undefined ? undefined : new Date(query.end_time),
  types: query.type,
  kind: query.kind,
  tool: query.tool,
  identifier: query.identifier,
  accountId: query.connected_account_id,
  connectionId: query.connection_id,
  clientId: query.client_id,
  status: query.status,
  decision: query.decision,
  executionId: query.execution_id,
  requestId: query.request_id,
  source: query.source,
});
