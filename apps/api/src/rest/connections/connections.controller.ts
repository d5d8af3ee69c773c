import { Secret, type RequestContext } from '#app/kernel';
import { ConnectionsService, type ConnectionFilter } from '#app/oauth';
import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/id.pipe.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  CreateConnectionDto,
  ListAppConnectionsQuery,
  ListConnectionsQuery,
  UpdateConnectionDto,
  type EndpointsDto,
} from './connections.dto.js';
import { appConnectionPage, connectionPage, connectionView } from './connections.mapper.js';
import { AppConnectionPage, ConnectionPage, ConnectionResponse } from './connections.view.js';

const ConnectionParam = (): ParameterDecorator => Param('id', new IdPipe('connection'));

@ApiTags('Connections')
@Controller('api/v1/connections')
export class ConnectionsController {
  constructor(private readonly connections: ConnectionsService) {}

  @Get()
  @Route({
    permission: 'connections:read',
    audit: none('configuration without secrets'),
    summary: 'The connections of this tenant, newest first',
    returns: ConnectionPage,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListConnectionsQuery): Promise<ConnectionPage> {
    return connectionPage(await this.connections.list(ctx, filterOf(query)));
  }

  @Get('app')
  @Route({
    permission: 'connections:read',
    audit: none('configuration without secrets'),
    summary: 'The same list in the shape of the published AgentKit API',
    returns: AppConnectionPage,
  })
  async listApp(@Ctx() ctx: RequestContext, @Query() query: ListAppConnectionsQuery): Promise<AppConnectionPage> {
    return appConnectionPage(await this.connections.list(ctx, filterOf(query)));
  }

  @Post()
  @Route({
    permission: 'connections:write',
    audit: 'connection.created',
    summary: 'Makes a connection to a connector with your OAuth app',
    returns: ConnectionResponse,
    status: 201,
    fails: [409],
  })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateConnectionDto): Promise<ConnectionResponse> {
    const connection = await this.connections.create(ctx, {
      name: body.name,
      connector: body.connector,
      oauthClientId: body.oauth_client_id,
      clientSecret: new Secret(body.oauth_client_secret),
      params: body.params ?? {},
      endpoints: endpointsOf(body.endpoints),
      userVerification: body.user_verification ?? 'optional',
    });
    return { connection: connectionView(connection) };
  }

  @Get(':id')
  @Route({
    permission: 'connections:read',
    audit: none('configuration without secrets'),
    summary: 'One connection',
    returns: ConnectionResponse,
  })
  async get(@Ctx() ctx: RequestContext, @ConnectionParam() id: string): Promise<ConnectionResponse> {
    return { connection: connectionView(await this.connections.get(ctx, id)) };
  }

  @Patch(':id')
  @Route({
    permission: 'connections:write',
    audit: 'connection.updated',
    summary: 'Changes what is given of a connection; enables or disables it',
    returns: ConnectionResponse,
    fails: [409],
  })
  async update(
    @Ctx() ctx: RequestContext,
    @ConnectionParam() id: string,
    @Body() body: UpdateConnectionDto,
  ): Promise<ConnectionResponse> {
    const connection = await this.connections.update(ctx, id, {
      ...(body.oauth_client_id === undefined ? {} : { oauthClientId: body.oauth_client_id }),
      ...(body.oauth_client_secret === undefined ? {} : { clientSecret: new Secret(body.oauth_client_secret) }),
      ...(body.params === undefined ? {} : { params: body.params }),
      ...(body.endpoints === undefined ? {} : { endpoints: endpointsOf(body.endpoints) }),
      ...(body.user_verification === undefined ? {} : { userVerification: body.user_verification }),
      ...(body.status === undefined ? {} : { status: body.status }),
    });
    return { connection: connectionView(connection) };
  }

  @Delete(':id')
  @Route({
    permission: 'connections:write',
    audit: 'connection.deleted',
    summary: 'Deletes a connection with its accounts and their credentials',
    status: 204,
  })
  delete(@Ctx() ctx: RequestContext, @ConnectionParam() id: string): Promise<void> {
    return this.connections.delete(ctx, id);
  }
}

const filterOf = (query: ListConnectionsQuery): ConnectionFilter => ({
  pageSize: query.page_size,
  pageToken: query.page_token,
  connector: query.provider?.toLowerCase(),
  query: query.query,
});

const endpointsOf = (dto: EndpointsDto | undefined): Record<string, string> => ({
  ...(dto?.authorize_url ? { authorizeUrl: dto.authorize_url } : {}),
  ...(dto?.token_url ? { tokenUrl: dto.token_url } : {}),
  ...(dto?.api_url ? { apiUrl: dto.api_url } : {}),
  ...(dto?.revoke_url ? { revokeUrl: dto.revoke_url } : {}),
});
