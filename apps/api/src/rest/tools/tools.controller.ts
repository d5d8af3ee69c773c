import type { RequestContext } from '#app/kernel';
import { ExecuteTool, ToolCatalogue } from '#app/tools';
import { Body, Controller, Get, Headers, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { paginate } from '../common/paginate.js';
import { Ctx, type Reply } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { invalidRequest } from '../validation.js';
import { ExecuteToolDto, ExecuteToolResponse, ListToolsQuery, ScopedToolsQuery } from './tools.dto.js';
import { excludedToolView, scopedToolView, toolView } from './tools.mapper.js';

@ApiTags('Tools')
@Controller('api/v1')
export class ToolsController {
  constructor(
    private readonly catalogue: ToolCatalogue,
    private readonly executor: ExecuteTool,
  ) {}

  /** The tools of every connector that this tenant has a connection for. */
  @Get('tools')
  @Route({ permission: 'tools:read', audit: none('the catalogue holds nothing of a user') })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListToolsQuery): Promise<object> {
    const tools = await this.catalogue.list(ctx, {
      providers: query['filter.provider'],
      toolNames: query['filter.tool_name'],
      connectionNames: query['filter.connector'],
      query: query['filter.query'],
    });
    const page = paginate(tools, query.page_size, query.page_token);
    return { tools: page.items.map(toolView), ...pageView(page) };
  }

  /** The tools that this API client may call as this user right now; and those that it can't, each with the reason. */
  @Get('tools/scoped')
  @Route({
    permission: 'tools:read',
    audit: none('says which tools are callable; nothing of the account itself is read'),
  })
  async scoped(@Ctx() ctx: RequestContext, @Query() query: ScopedToolsQuery): Promise<object> {
    const { tools, excluded } = await this.catalogue.scoped(ctx, query.identifier, {
      providers: query['filter.providers'],
      toolNames: query['filter.tool_names'],
      connectionNames: query['filter.connection_names'],
    });
    const page = paginate(tools, query.page_size, query.page_token);
    return { tools: page.items.map(scopedToolView), ...pageView(page), excluded: excluded.map(excludedToolView) };
  }

  /** Runs a tool as one user. */
  @Post('execute_tool')
  @HttpCode(200)
  @ApiOkResponse({ type: ExecuteToolResponse })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Makes a write happen once, for 24 hours' })
  @Route({ permission: 'tools:execute', audit: 'tool.executed' })
  async execute(
    @Ctx() ctx: RequestContext,
    @Body() body: ExecuteToolDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ExecuteToolResponse> {
    const result = await this.executor.run(ctx, {
      toolName: body.tool_name,
      identifier: body.identifier,
      connectedAccountId: body.connected_account_id,
      connection: body.connector,
      organizationId: body.organization_id,
      params: body.params ?? {},
      toolset: body.toolset,
      idempotencyKey: checkedKey(key),
      agentRunId: body.agent_run_id,
    });
    if (result.replayed) void reply.header('idempotent-replayed', 'true');
    return { data: result.data, execution_id: result.executionId };
  }
}

const pageView = (page: { nextPageToken: string; prevPageToken: string; totalSize: number }): object => ({
  next_page_token: page.nextPageToken,
  prev_page_token: page.prevPageToken,
  total_size: page.totalSize,
});

function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidRequest([{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
}
