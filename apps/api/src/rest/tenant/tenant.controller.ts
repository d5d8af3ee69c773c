import { TenantsService, type Tenant, type TenantChanges } from '#app/identity';
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
    summary:
      'Rename the tenant, say where browsers may be sent and who verifies users, switch full payloads in its audit trail',
    returns: TenantAnswer,
  })
  async update(@Ctx() ctx: RequestContext, @Body() body: UpdateTenantDto): Promise<TenantAnswer> {
    return { tenant: view(await this.tenants.update(ctx, changesOf(body))) };
  }
}

const changesOf = (body: UpdateTenantDto): TenantChanges => ({
  ...(body.name === undefined ? {} : { name: body.name }),
  ...(body.audit_full_payloads === undefined ? {} : { auditFullPayloads: body.audit_full_payloads }),
  ...(body.redirect_allow_list === undefined ? {} : { redirectAllowList: body.redirect_allow_list }),
  ...(body.default_user_verify_url === undefined ? {} : { defaultUserVerifyUrl: body.default_user_verify_url || null }),
});

const view = (tenant: Tenant): TenantView => ({
  id: tenant.id,
  name: tenant.name,
  audit_full_payloads: tenant.auditFullPayloads,
  redirect_allow_list: [...tenant.redirectAllowList],
  default_user_verify_url: tenant.defaultUserVerifyUrl,
  created_at: tenant.createdAt.toISOString(),
});
