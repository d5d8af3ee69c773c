import { AuditTrail } from '#app/audit';
import { ApiClientsService, type ApiClient } from '#app/identity';
import type { ClientId, RequestContext } from '#app/kernel';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { CreateClientDto, ListClientsQuery, UpdateClientDto } from './clients.dto.js';

@ApiTags('API clients')
@Controller('api/v1/clients')
export class ClientsController {
  constructor(
    private readonly clients: ApiClientsService,
    private readonly audit: AuditTrail,
  ) {}

  @Get()
  @Route({ permission: 'clients:read', audit: none('configuration without secrets') })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListClientsQuery): Promise<object> {
    const page = await this.clients.list(ctx, { pageSize: query.page_size, pageToken: query.page_token });
    return { clients: page.items.map(view), next_page_token: page.nextPageToken };
  }

  /** Makes a client; its secret is in this answer and never shown again. */
  @Post()
  @Route({ permission: 'clients:write', audit: 'api_client.created' })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateClientDto): Promise<object> {
    const { client, secret } = await this.clients.create(ctx, {
      name: body.name,
      permissions: body.permissions,
      allowedTools: body.allowed_tools ?? null,
    });
    await this.record(ctx, 'api_client.created', client);
    return { client: view(client), client_secret: secret };
  }

  @Get(':id')
  @Route({ permission: 'clients:read', audit: none('configuration without secrets') })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<object> {
    return { client: view(await this.clients.get(ctx, id as ClientId)) };
  }

  @Patch(':id')
  @Route({ permission: 'clients:write', audit: 'api_client.updated' })
  async update(@Ctx() ctx: RequestContext, @Param('id') id: string, @Body() body: UpdateClientDto): Promise<object> {
    const client = await this.clients.update(ctx, id as ClientId, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.permissions === undefined ? {} : { permissions: body.permissions }),
      ...(body.allowed_tools === undefined ? {} : { allowedTools: body.allowed_tools }),
      ...(body.status === undefined ? {} : { status: body.status }),
    });
    await this.record(ctx, 'api_client.updated', client);
    return { client: view(client) };
  }

  /** Gives the client a new secret; the old one ends at once. */
  @Post(':id/~rotate')
  @HttpCode(200)
  @Route({ permission: 'clients:write', audit: 'api_client.secret_rotated' })
  async rotate(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<object> {
    const { client, secret } = await this.clients.rotateSecret(ctx, id as ClientId);
    await this.record(ctx, 'api_client.secret_rotated', client);
    return { client: view(client), client_secret: secret };
  }

  private record(
    ctx: RequestContext,
    type: 'api_client.created' | 'api_client.updated' | 'api_client.secret_rotated',
    client: ApiClient,
  ): Promise<void> {
    return this.audit.record({
      tenantId: ctx.tenantId,
      type,
      source: ctx.source,
      requestId: ctx.requestId,
      ...(ctx.caller ? { clientId: ctx.caller.clientId } : {}),
      detail: {
        api_client: client.id,
        status: client.status,
        permissions: client.permissions,
        allowed_tools: client.allowedTools,
      },
    });
  }
}

const view = (client: ApiClient): object => ({
  id: client.id,
  name: client.name,
  permissions: client.permissions,
  allowed_tools: client.allowedTools,
  status: client.status,
  created_at: client.createdAt.toISOString(),
  updated_at: client.updatedAt.toISOString(),
});
