import { Secret, type RequestContext } from '#app/kernel';
import { ConnectionsService, type Connection } from '#app/oauth';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  CreateConnectionDto,
  ListConnectionsQuery,
  UpdateConnectionDto,
  type EndpointsDto,
} from './connections.dto.js';

@ApiTags('Connections')
@Controller('api/v1/connections')
export class ConnectionsController {
  constructor(private readonly connections: ConnectionsService) {}

  @Get()
  @Route({ permission: 'connections:read', audit: none('configuration without secrets') })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListConnectionsQuery): Promise<object> {
    const page = await this.connections.list(ctx, {
      pageSize: query.page_size,
      pageToken: query.page_token,
      connector: query.provider,
    });
    return { connections: page.items.map(view), next_page_token: page.nextPageToken, total_size: page.totalSize };
  }

  /** The same list in the shape of the published AgentKit API. */
  @Get('app')
  @Route({ permission: 'connections:read', audit: none('configuration without secrets') })
  async listApp(@Ctx() ctx: RequestContext, @Query() query: ListConnectionsQuery): Promise<object> {
    const page = await this.connections.list(ctx, {
      pageSize: query.page_size,
      pageToken: query.page_token,
      connector: query.provider,
    });
    return {
      connections: page.items.map(appView),
      next_page_token: page.nextPageToken,
      prev_page_token: '',
      total_size: page.totalSize,
    };
  }

  @Post()
  @Route({ permission: 'connections:write', audit: 'connection.created' })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateConnectionDto): Promise<object> {
    const connection = await this.connections.create(ctx, {
      name: body.name,
      connector: body.connector,
      oauthClientId: body.oauth_client_id,
      clientSecret: new Secret(body.oauth_client_secret),
      params: body.params ?? {},
      endpoints: endpointsOf(body.endpoints),
      userVerification: body.user_verification ?? 'optional',
    });
    return { connection: view(connection) };
  }

  @Get(':id')
  @Route({ permission: 'connections:read', audit: none('configuration without secrets') })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<object> {
    return { connection: view(await this.connections.get(ctx, id)) };
  }

  @Patch(':id')
  @Route({ permission: 'connections:write', audit: 'connection.updated' })
  async update(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() body: UpdateConnectionDto,
  ): Promise<object> {
    const connection = await this.connections.update(ctx, id, {
      ...(body.oauth_client_id === undefined ? {} : { oauthClientId: body.oauth_client_id }),
      ...(body.oauth_client_secret === undefined ? {} : { clientSecret: new Secret(body.oauth_client_secret) }),
      ...(body.params === undefined ? {} : { params: body.params }),
      ...(body.endpoints === undefined ? {} : { endpoints: endpointsOf(body.endpoints) }),
      ...(body.user_verification === undefined ? {} : { userVerification: body.user_verification }),
      ...(body.status === undefined ? {} : { status: body.status }),
    });
    return { connection: view(connection) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Route({ permission: 'connections:write', audit: 'connection.deleted' })
  delete(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<void> {
    return this.connections.delete(ctx, id);
  }
}

const endpointsOf = (dto: EndpointsDto | undefined): Record<string, string> => ({
  ...(dto?.authorize_url ? { authorizeUrl: dto.authorize_url } : {}),
  ...(dto?.token_url ? { tokenUrl: dto.token_url } : {}),
  ...(dto?.api_url ? { apiUrl: dto.api_url } : {}),
  ...(dto?.revoke_url ? { revokeUrl: dto.revoke_url } : {}),
});

/** The client secret is never part of a view. */
const view = (connection: Connection): object => ({
  id: connection.id,
  name: connection.name,
  connector: connection.connector,
  status: connection.status,
  oauth_client_id: connection.oauthClientId,
  redirect_uri: connection.redirectUri,
  params: connection.params,
  endpoints: {
    authorize_url: connection.endpoints.authorizeUrl ?? null,
    token_url: connection.endpoints.tokenUrl ?? null,
    api_url: connection.endpoints.apiUrl ?? null,
    revoke_url: connection.endpoints.revokeUrl ?? null,
  },
  user_verification: connection.userVerification,
  sandbox: connection.sandbox,
  created_at: connection.createdAt.toISOString(),
  updated_at: connection.updatedAt.toISOString(),
});

const appView = (connection: Connection): object => ({
  id: connection.id,
  type: 'OAUTH',
  status: 'COMPLETED',
  enabled: connection.status === 'enabled',
  provider_key: connection.connector.toUpperCase(),
  key_id: connection.name,
  created_at: connection.createdAt.toISOString(),
});
