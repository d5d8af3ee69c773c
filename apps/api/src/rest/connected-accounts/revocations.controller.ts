import type { RequestContext } from '#app/kernel';
import { UpstreamRevocations } from '#app/oauth';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { revocationPage } from './connected-accounts.mapper.js';
import { ListRevocationsQuery } from './connected-accounts.dto.js';
import { RevocationPage } from './revocations.view.js';

@ApiTags('Connected accounts')
@Controller('api/v1/revocations')
export class RevocationsController {
  constructor(private readonly revocations: UpstreamRevocations) {}

  @Get()
  @Route({
    permission: 'accounts:read',
    audit: none('states of revocations, no credential'),
    summary: 'What is being revoked at the providers, and what came of it, newest first',
    returns: RevocationPage,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListRevocationsQuery): Promise<RevocationPage> {
    const page = await this.revocations.list(ctx, {
      pageSize: query.page_size,
      pageToken: query.page_token,
      state: query.state,
      accountId: query.connected_account_id,
    });
    return revocationPage(page);
  }
}
