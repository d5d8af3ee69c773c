import { TenantsService, type Tenant } from '#app/identity';
import type { RequestContext } from '#app/kernel';
import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { TenantAnswer, UpdateTenantDto, type TenantView } from './tenant.dto.js';

@ApiTags('Tenant')
@Controller('api/v1/tenant')
export class TenantController {
  constructor(private readonly tenants: TenantsService) {}

  @Get()
  @Route({
    permission: 'tenant:read',
    audit: none('configuration without secrets'),
    summary: 'Get the tenant whose API client asks',
    returns: TenantAnswer,
  })
  async get(@Ctx() ctx: RequestContext): Promise<TenantAnswer> {
    return { tenant: view(await this.tenants.get(ctx)) };
  }

  @Patch()
  @Route({
    permission: 'tenant:write',
    audit: 'tenant.updated',
    summary: 'Rename the tenant, or switch full payloads in its audit trail on or off',
    returns: TenantAnswer,
  })
  async update(@Ctx() ctx: RequestContext, @Body() body: UpdateTenantDto): Promise<TenantAnswer> {
    const tenant = await this.tenants.update(ctx, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.audit_full_payloads === undefined ? {} : { auditFullPayloads: body.audit_full_payloads }),
    });
    return { tenant: view(tenant) };
  }
}

const view = (tenant: Tenant): TenantView => ({
  id: tenant.id,
  name: tenant.name,
  audit_full_payloads: tenant.auditFullPayloads,
  created_at: tenant.createdAt.toISOString(),
});
