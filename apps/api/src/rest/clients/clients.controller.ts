import { ApiClientsService } from '#app/identity';
import type { ClientId, RequestContext } from '#app/kernel';
import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  ClientAnswer,
  ClientListAnswer,
  ClientSecretAnswer,
  CreateClientDto,
  ListClientsQuery,
  UpdateClientDto,
} from './clients.dto.js';
import { clientView as view } from './clients.mapper.js';

@ApiTags('API clients')
@Controller('api/v1/clients')
export class ClientsController {
  constructor(private readonly clients: ApiClientsService) {}

  @Get()
  @Route({
    permission: 'clients:read',
    audit: none('configuration without secrets'),
    summary: 'List the API clients of the tenant',
    returns: ClientListAnswer,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListClientsQuery): Promise<ClientListAnswer> {
    const page = await this.clients.list(ctx, { pageSize: query.page_size, pageToken: query.page_token });
    return { clients: page.items.map(view), next_page_token: page.nextPageToken };
  }

  @Post()
  @Route({
    permission: 'clients:write',
    audit: 'api_client.created',
    summary: 'Make an API client; its secret is in this answer and never shown again',
    returns: ClientSecretAnswer,
    status: 201,
  })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateClientDto): Promise<ClientSecretAnswer> {
    const { client, secret } = await this.clients.create(ctx, {
      name: body.name,
      permissions: body.permissions,
      allowedTools: body.allowed_tools ?? null,
    });
    return { client: view(client), client_secret: secret };
  }

  @Get(':id')
  @Route({
    permission: 'clients:read',
    audit: none('configuration without secrets'),
    summary: 'Get an API client',
    returns: ClientAnswer,
  })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<ClientAnswer> {
    return { client: view(await this.clients.get(ctx, id as ClientId)) };
  }

  @Patch(':id')
  @Route({
    permission: 'clients:write',
    audit: 'api_client.updated',
    summary: 'Change or disable an API client; it holds at once',
    returns: ClientAnswer,
    fails: [409],
  })
  async update(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() body: UpdateClientDto,
  ): Promise<ClientAnswer> {
    const client = await this.clients.update(ctx, id as ClientId, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.permissions === undefined ? {} : { permissions: body.permissions }),
      ...(body.allowed_tools === undefined ? {} : { allowedTools: body.allowed_tools }),
      ...(body.status === undefined ? {} : { status: body.status }),
    });
    return { client: view(client) };
  }

  @Post(':id/~rotate')
  @Route({
    permission: 'clients:write',
    audit: 'api_client.secret_rotated',
    summary: 'Give an API client a new secret; the old one and its tokens end at once',
    returns: ClientSecretAnswer,
  })
  async rotate(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<ClientSecretAnswer> {
    const { client, secret } = await this.clients.rotateSecret(ctx, id as ClientId);
    return { client: view(client), client_secret: secret };
  }
}
