import type { AccountId, RequestContext } from '#app/kernel';
import { ConnectedAccountsService } from '#app/oauth';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  AccountSelector,
  CreateConnectedAccountDto,
  ListConnectedAccountsQuery,
  MagicLinkDto,
  VerifyUserDto,
} from './connected-accounts.dto.js';
import { accountView } from './connected-accounts.mapper.js';

@ApiTags('Connected accounts')
@Controller('api/v1/connected_accounts')
export class ConnectedAccountsController {
  constructor(private readonly accounts: ConnectedAccountsService) {}

  @Get()
  @Route({ permission: 'accounts:read', audit: none('states of accounts, no credential') })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListConnectedAccountsQuery): Promise<object> {
    const names = [...(query.connection_names ?? []), ...(query.connector ? [query.connector] : [])];
    const page = await this.accounts.list(ctx, {
      pageSize: query.page_size,
      pageToken: query.page_token,
      identifier: query.identifier,
      organizationId: query.organization_id,
      provider: query.provider,
      connectionNames: names.length > 0 ? names : undefined,
      status: query.status,
      query: query.query,
    });
    return {
      connected_accounts: page.items.map(accountView),
      next_page_token: page.nextPageToken,
      total_size: page.totalSize,
    };
  }

  /** Makes an account in PENDING_AUTH; an account that exists already is returned as it is. */
  @Post()
  @HttpCode(200)
  @Route({ permission: 'accounts:write', audit: 'connected_account.created' })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateConnectedAccountDto): Promise<object> {
    const account = await this.accounts.create(ctx, {
      connection: body.connector,
      identifier: body.identifier,
      organizationId: body.organization_id,
    });
    return { connected_account: accountView(account) };
  }

  @Get('details')
  @Route({ permission: 'accounts:read', audit: none('state of an account, no credential') })
  async details(@Ctx() ctx: RequestContext, @Query() query: AccountSelector): Promise<object> {
    return { connected_account: accountView(await this.accounts.find(ctx, selectorOf(query))) };
  }

  /** A link for the end user's browser; makes the account if it doesn't exist. */
  @Post('magic_link')
  @HttpCode(200)
  @Route({ permission: 'accounts:write', audit: 'connected_account.link_created' })
  async magicLink(@Ctx() ctx: RequestContext, @Body() body: MagicLinkDto): Promise<object> {
    const { link, expiry } = await this.accounts.magicLink(ctx, {
      ...selectorOf(body),
      state: body.state,
      userVerifyUrl: body.user_verify_url,
    });
    return { link, expiry: expiry.toISOString() };
  }

  /** Your server confirms who consented; only then does the account become ACTIVE. */
  @Post('user/verify')
  @HttpCode(200)
  @Route({ permission: 'accounts:write', audit: 'connected_account.activated' })
  async verify(@Ctx() ctx: RequestContext, @Body() body: VerifyUserDto): Promise<object> {
    const { redirectUrl } = await this.accounts.verifyUser(ctx, {
      authRequestId: body.auth_request_id,
      identifier: body.identifier,
    });
    return { post_user_verify_redirect_url: redirectUrl };
  }

  @Post(':id/~disconnect')
  @HttpCode(200)
  @Route({ permission: 'accounts:write', audit: 'connected_account.disconnected' })
  async disconnect(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<object> {
    return { connected_account: accountView(await this.accounts.disconnect(ctx, id as AccountId)) };
  }

  @Post('~delete')
  @HttpCode(200)
  @Route({ permission: 'accounts:write', audit: 'connected_account.deleted' })
  async delete(@Ctx() ctx: RequestContext, @Body() body: AccountSelector): Promise<object> {
    await this.accounts.delete(ctx, selectorOf(body));
    return {};
  }

  @Get(':id')
  @Route({ permission: 'accounts:read', audit: none('state of an account, no credential') })
  async get(@Ctx() ctx: RequestContext, @Param('id') id: string): Promise<object> {
    return { connected_account: accountView(await this.accounts.get(ctx, id as AccountId)) };
  }
}

const selectorOf = (dto: AccountSelector): Parameters<ConnectedAccountsService['find']>[1] => ({
  connectedAccountId: dto.id,
  connection: dto.connector,
  identifier: dto.identifier,
  organizationId: dto.organization_id,
});
