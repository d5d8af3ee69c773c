import { TenantAdministration, TenantShredding, type TenantSummary } from '#app/identity';
import type { RequestContext } from '#app/kernel';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { clientView } from '../clients/clients.mapper.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  CreateTenantDto,
  ListTenantsQuery,
  ShredTenantDto,
  TenantCreatedAnswer,
  TenantListAnswer,
  TenantSummaryAnswer,
  type TenantSummaryView,
} from './tenants.dto.js';

@ApiTags('Tenants of the installation')
@Controller('api/v1/tenants')
export class TenantsController {
  constructor(
    private readonly tenants: TenantAdministration,
    private readonly shredding: TenantShredding,
  ) {}

  @Get()
  @Route({
    permission: 'installation:operate',
    audit: none('configuration without secrets'),
    summary: 'List the tenants of the installation',
    returns: TenantListAnswer,
  })
  async list(@Query() query: ListTenantsQuery): Promise<TenantListAnswer> {
    const page = await this.tenants.list({ pageSize: query.page_size, pageToken: query.page_token });
    return { tenants: page.items.map(view), next_page_token: page.nextPageToken };
  }

  @Post()
  @Route({
    permission: 'installation:operate',
    audit: 'tenant.created',
    summary: 'Make a tenant and its first API client, whose secret is in this answer and never shown again',
    returns: TenantCreatedAnswer,
    status: 201,
  })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateTenantDto): Promise<TenantCreatedAnswer> {
    const { tenant, client, secret } = await this.tenants.create(ctx, body.name);
    return { tenant: view(tenant), client: clientView(client), client_secret: secret };
  }

  @Get(':id')
  @Route({
    permission: 'installation:operate',
    audit: none('configuration without secrets'),
    summary: 'Get a tenant',
    returns: TenantSummaryAnswer,
  })
  async get(@Param('id') id: string): Promise<TenantSummaryAnswer> {
    return { tenant: view(await this.tenants.get(id)) };
  }

  @Post(':id/~suspend')
  @Route({
    permission: 'installation:operate',
    audit: 'tenant.suspended',
    summary: 'Suspend a tenant: from the next call on, nothing is done for it',
    returns: TenantSummaryAnswer,
    fails: [409],
  })
  async suspend(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<TenantSummaryAnswer> {
    return { tenant: view(await this.tenants.suspend(ctx, id)) };
  }

  @Post(':id/~resume')
  @Route({
    permission: 'installation:operate',
    audit: 'tenant.resumed',
    summary: 'Let a suspended tenant work again',
    returns: TenantSummaryAnswer,
    fails: [409],
  })
  async resume(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<TenantSummaryAnswer> {
    return { tenant: view(await this.tenants.resume(ctx, id)) };
  }

  @Post(':id/~shred')
  @Route({
    permission: 'tenant:write',
    audit: 'tenant.shredded',
    summary:
      'Destroy the keys of a tenant and with them all its secrets, for good: the own one, or any with installation:operate',
    returns: TenantSummaryAnswer,
    fails: [409],
  })
  async shred(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() body: ShredTenantDto,
  ): Promise<TenantSummaryAnswer> {
    return { tenant: view(await this.shredding.shred(ctx, id, body.confirm)) };
  }
}

const view = (tenant: TenantSummary): TenantSummaryView => ({
  id: tenant.id,
  name: tenant.name,
  status: tenant.status,
  created_at: tenant.createdAt.toISOString(),
});
