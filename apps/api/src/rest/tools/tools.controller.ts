import type { RequestContext } from '#app/kernel';
import { ToolLists } from '#app/tools';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { AvailableToolsQuery, ListToolsQuery, ScopedToolsQuery } from './tools.dto.js';
import { excludedToolView, pageView, scopedToolView, toolView } from './tools.mapper.js';
import { AvailableToolPage, ScopedToolPage, ToolPage } from './tools.view.js';

@ApiTags('Tools')
@Controller('api/v1')
export class ToolsController {
  constructor(private readonly lists: ToolLists) {}

  @Get('tools')
  @Route({
    permission: 'tools:read',
    audit: none('the catalogue holds nothing of a user'),
    summary: 'The tools of every connector that this tenant has a connection for',
    returns: ToolPage,
    fails: [404],
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListToolsQuery): Promise<ToolPage> {
    const page = await this.lists.list(ctx, {
      providers: query['filter.provider'],
      toolNames: query['filter.tool_name'],
      connectionNames: query['filter.connector'],
      query: query['filter.query'],
      identifier: query['filter.identifier'],
      organizationId: query['filter.organization_id'],
      connectedAccountId: query['filter.connected_account_id'],
      ...pageOf(query),
    });
    const summary = query['filter.summary'] === 'true';
    return {
      tools: summary ? [] : page.items.map(toolView),
      tool_names: summary ? page.items.map(({ tool }) => tool.name) : [],
      ...pageView(page),
    };
  }

  @Get('tools/scoped')
  @Route({
    permission: 'tools:read',
    audit: none('says which tools are callable; nothing of the account itself is read'),
    summary: 'The tools that this API client may call as this user right now; and those that it can not, each with why',
    returns: ScopedToolPage,
  })
  async scoped(@Ctx() ctx: RequestContext, @Query() query: ScopedToolsQuery): Promise<ScopedToolPage> {
    const page = await this.lists.scoped(ctx, {
      identifier: query.identifier,
      providers: query['filter.providers'],
      toolNames: query['filter.tool_names'],
      connectionNames: query['filter.connection_names'],
      ...pageOf(query),
    });
    const excluded = page.excluded.map(excludedToolView);
    return { tools: page.items.map(scopedToolView), ...pageView(page), excluded };
  }

  @Get('tools/available')
  @Route({
    permission: 'tools:read',
    audit: none('says what a user has not connected; nothing of an account is read'),
    summary: 'Tools that this user could have by connecting: of connectors where no account of theirs is ACTIVE',
    returns: AvailableToolPage,
  })
  async available(@Ctx() ctx: RequestContext, @Query() query: AvailableToolsQuery): Promise<AvailableToolPage> {
    const page = await this.lists.available(ctx, { identifier: query.identifier, ...pageOf(query) });
    return { tools: page.items.map(toolView), ...pageView(page) };
  }
}

const pageOf = ({ page_size: pageSize, page_token: pageToken }: Pick<ListToolsQuery, 'page_size' | 'page_token'>) => ({
  pageSize,
  pageToken,
});
