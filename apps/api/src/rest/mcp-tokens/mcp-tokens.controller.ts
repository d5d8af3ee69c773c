import { AgentGrantsService, AgentTokensService } from '#app/identity';
import { AppError, type RequestContext } from '#app/kernel';
import { Body, Controller, Delete, Get, Header, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { MCP_SCOPES, type McpResource } from '../../mcp/caller.js';
import { McpResources } from '../../mcp/auth/mcp-resources.js';
import { EmptyResponse } from '../connected-accounts/connected-accounts.view.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  CreateMcpTokenDto,
  ListMcpAppsQuery,
  ListMcpTokensQuery,
  McpAppListAnswer,
  McpTokenListAnswer,
  McpTokenSecretAnswer,
} from './mcp-tokens.dto.js';
import { appView, tokenView } from './mcp-tokens.mapper.js';

@ApiTags('MCP')
@Controller('api/v1/mcp')
export class McpTokensController {
  constructor(
    private readonly tokens: AgentTokensService,
    private readonly grants: AgentGrantsService,
    private readonly resources: McpResources,
  ) {}

  @Post('configs/:id/tokens')
  @Header('cache-control', 'no-store')
  @Route({
    permission: 'tools:execute',
    audit: 'agent_token.created',
    summary:
      'Make a token with which an agent acts for one end user at one MCP server: a connection (conn_…) or a toolset (cfg_…)',
    returns: McpTokenSecretAnswer,
    status: 201,
    fails: [404],
  })
  async create(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() body: CreateMcpTokenDto,
  ): Promise<McpTokenSecretAnswer> {
    const resource = await this.resourceOf(ctx, id);
    const { token, accessToken } = await this.tokens.issue(ctx, {
      identifier: body.identifier,
      resource: resource.url + (body.path ?? ''),
      resourceId: resource.id,
      scopes: MCP_SCOPES.filter((scope) => body.scopes?.includes(scope) ?? true),
      lifetimeMs: body.expires_in * 1_000,
    });
    return { token: tokenView(token), access_token: accessToken, token_type: 'Bearer', expires_in: body.expires_in };
  }

  @Get('tokens')
  @Route({
    permission: 'tools:read',
    audit: none('what tokens there are, without the tokens'),
    summary: 'The tokens of agents that have not run out',
    returns: McpTokenListAnswer,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListMcpTokensQuery): Promise<McpTokenListAnswer> {
    const { page_size: pageSize, page_token: pageToken, identifier } = query;
    const page = await this.tokens.list(ctx, { pageSize, pageToken, identifier });
    return { tokens: page.items.map(tokenView), next_page_token: page.nextPageToken };
  }

  @Delete('tokens/:id')
  @Route({
    permission: 'tools:execute',
    audit: 'agent_token.revoked',
    summary: 'Revoke a token of an agent; its next request is refused',
    returns: EmptyResponse,
  })
  async revoke(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<EmptyResponse> {
    await this.tokens.revoke(ctx, id);
    return {};
  }

  @Get('apps')
  @Route({
    permission: 'accounts:read',
    audit: none('which applications a user allowed, without their tokens'),
    summary: 'The applications that an end user allowed to act for them',
    returns: McpAppListAnswer,
  })
  async apps(@Ctx() { tenantId }: RequestContext, @Query() query: ListMcpAppsQuery): Promise<McpAppListAnswer> {
    return { apps: (await this.grants.list(tenantId, query.identifier)).map(appView) };
  }

  @Delete('apps/:id')
  @Route({
    permission: 'accounts:write',
    audit: 'agent_grant.revoked',
    summary: 'End what an application may do for an end user; its next request is refused',
    returns: EmptyResponse,
  })
  async end(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<EmptyResponse> {
    await this.grants.revoke(ctx, id, { reason: 'ended_by_tenant' });
    return {};
  }

  /** Another tenant's is as if it were not there. */
  private async resourceOf({ tenantId }: RequestContext, id: string): Promise<McpResource> {
    const resource = await this.resources.withId(id);
    if (resource?.tenantId === tenantId) return resource;
    throw new AppError(
      'not_found',
      `There is no connection or toolset with the id ${JSON.stringify(id.slice(0, 64))}. GET /api/v1/connections and ` +
        'GET /api/v1/mcp/configs list them.',
    );
  }
}
