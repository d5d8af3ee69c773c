import { AuditQuery, type ExecutionView as Execution } from '#app/audit';
import { AppError, type RequestContext, isId } from '#app/kernel';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { ExecutionResponse, type ExecutionView } from './executions.view.js';

@ApiTags('Tools')
@Controller('api/v1/executions')
export class ExecutionsController {
  constructor(private readonly audit: AuditQuery) {}

  @Get(':id')
  @Route({
    permission: 'tools:read',
    audit: none('state of a call, no payload'),
    summary: 'What became of a tool call; its arguments and result are in the audit trail',
    returns: ExecutionResponse,
  })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<ExecutionResponse> {
    const execution = isId('execution', id) ? await this.audit.execution(ctx, id) : null;
    if (execution === null) throw new AppError('not_found', 'There is no execution with this id.');
    return { execution: view(execution) };
  }
}

const view = (execution: Execution): ExecutionView => ({
  id: execution.executionId,
  status: execution.status,
  tool_name: execution.tool,
  identifier: execution.identifier,
  connected_account_id: execution.accountId,
  connection_id: execution.connectionId,
  client_id: execution.clientId,
  source: execution.source,
  error_code: execution.errorCode,
  reason: execution.reason,
  provider_status: execution.upstreamStatus,
  duration_ms: execution.durationMs,
  started_at: execution.startedAt.toISOString(),
  finished_at: execution.finishedAt?.toISOString() ?? null,
});
