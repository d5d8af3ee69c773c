import type { AccountId, RequestContext } from '#app/kernel';
import { AccountRefreshService, ConnectedAccountsService, CredentialDisclosure } from '#app/oauth';
import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/id.pipe.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import {
  AccountSelector,
  CreateConnectedAccountDto,
  DisconnectDto,
  ListConnectedAccountsQuery,
  MagicLinkDto,
  SearchAccountsQuery,
  UpdateConnectedAccountDto,
  VerifyUserDto,
} from './connected-accounts.dto.js';
import { accountPage, accountResponse } from './connected-accounts.mapper.js';
import {
  ConnectedAccountPage,
  ConnectedAccountResponse,
  EmptyResponse,
  MagicLinkResponse,
  VerifyUserResponse,
} from './connected-accounts.view.js';

const AccountParam = (): ParameterDecorator => Param('id', new IdPipe('account'));

@ApiTags('Connected accounts')
@Controller('api/v1/connected_accounts')
export class ConnectedAccountsController {
  constructor(
    private readonly accounts: ConnectedAccountsService,
    private readonly refreshes: AccountRefreshService,
    private readonly credentials: CredentialDisclosure,
  ) {}

  @Get()
  @Route({
    permission: 'accounts:read',
    audit: none('states of accounts, no credential'),
    summary: 'The connected accounts of this tenant, newest first',
    returns: ConnectedAccountPage,
  })
  async list(@Ctx() ctx: RequestContext, @Query() query: ListConnectedAccountsQuery): Promise<ConnectedAccountPage> {
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
    return accountPage(page);
  }

  @Post()
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.created',
    summary: 'Makes an account in PENDING_AUTH; one that exists already is returned as it is',
    returns: ConnectedAccountResponse,
    fails: [404],
  })
  async create(@Ctx() ctx: RequestContext, @Body() body: CreateConnectedAccountDto): Promise<ConnectedAccountResponse> {
    const account = await this.accounts.create(ctx, {
      connection: body.connector,
      identifier: body.identifier,
      organizationId: body.organization_id,
    });
    return accountResponse(account);
  }

  @Put()
  @Route({
    permission: 'accounts:write',
    audit: none('changes nothing: tokens are not imported'),
    summary: 'Accepted without tokens only, and then returns the account as it is: a user connects by a link',
    returns: ConnectedAccountResponse,
    fails: [404],
  })
  update(@Ctx() ctx: RequestContext, @Body() body: UpdateConnectedAccountDto): Promise<ConnectedAccountResponse> {
    return this.show(ctx, body);
  }

  @Get('~search')
  @Route({
    permission: 'accounts:read',
    audit: none('states of accounts, no credential'),
    summary: 'Accounts whose identifier contains a text, newest first',
    returns: ConnectedAccountPage,
  })
  async search(@Ctx() ctx: RequestContext, @Query() query: SearchAccountsQuery): Promise<ConnectedAccountPage> {
    const page = await this.accounts.list(ctx, {
      pageSize: query.page_size,
      pageToken: query.page_token,
      connectionNames: query.connector ? [query.connector] : undefined,
      query: query.query,
    });
    return accountPage(page);
  }

  @Get('details')
  @Route({
    permission: 'accounts:read',
    audit: none('state of an account, no credential'),
    summary: 'The account of a user on a connection',
    returns: ConnectedAccountResponse,
    fails: [404],
  })
  details(@Ctx() ctx: RequestContext, @Query() query: AccountSelector): Promise<ConnectedAccountResponse> {
    return this.show(ctx, query);
  }

  @Get('auth')
  @Route({
    permission: 'accounts:read',
    audit: 'connected_account.credential_disclosed',
    summary: 'The same as details; with the access token for an API client that was given accounts:read_credentials',
    returns: ConnectedAccountResponse,
    fails: [404, 409, 502],
  })
  async auth(@Ctx() ctx: RequestContext, @Query() query: AccountSelector): Promise<ConnectedAccountResponse> {
    const { account, accessToken } = await this.credentials.find(ctx, selectorOf(query));
    return accountResponse(account, accessToken);
  }

  @Post('magic_link')
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.link_created',
    summary: "A link for the end user's browser; makes the account if it doesn't exist",
    returns: MagicLinkResponse,
    fails: [404],
  })
  async magicLink(@Ctx() ctx: RequestContext, @Body() body: MagicLinkDto): Promise<MagicLinkResponse> {
    const { link, expiry } = await this.accounts.magicLink(ctx, {
      ...selectorOf(body),
      state: body.state,
      userVerifyUrl: body.user_verify_url,
    });
    return { link, expiry: expiry.toISOString() };
  }

  @Post('user/verify')
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.activated',
    summary: 'Your server confirms who consented; only then does the account become ACTIVE',
    returns: VerifyUserResponse,
    fails: [404, 409],
  })
  async verify(@Ctx() ctx: RequestContext, @Body() body: VerifyUserDto): Promise<VerifyUserResponse> {
    const { redirectUrl } = await this.accounts.verifyUser(ctx, {
      authRequestId: body.auth_request_id,
      identifier: body.identifier,
      organizationId: body.organization_id,
    });
    return { post_user_verify_redirect_url: redirectUrl };
  }

  @Post(':id/~disconnect')
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.disconnected',
    summary: 'Destroys the credential and revokes it at the provider; the account stays and can be connected again',
    returns: ConnectedAccountResponse,
  })
  async disconnect(
    @Ctx() ctx: RequestContext,
    @AccountParam() id: string,
    @Body() body?: DisconnectDto,
  ): Promise<ConnectedAccountResponse> {
    return accountResponse(await this.accounts.disconnect(ctx, id as AccountId, { uninstall: body?.uninstall }));
  }

  @Post(':id/~refresh')
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.refreshed',
    summary: 'Gets a new credential from the provider now, whether it is due or not',
    returns: ConnectedAccountResponse,
    fails: [409, 502],
  })
  async refresh(@Ctx() ctx: RequestContext, @AccountParam() id: string): Promise<ConnectedAccountResponse> {
    return accountResponse(await this.refreshes.refresh(ctx, id as AccountId));
  }

  @Post('~delete')
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.deleted',
    summary: 'Deletes the account, and its credential here and at the provider; its audit trail stays',
    returns: EmptyResponse,
    fails: [404],
  })
  async delete(@Ctx() ctx: RequestContext, @Body() body: AccountSelector): Promise<EmptyResponse> {
    await this.accounts.delete(ctx, selectorOf(body));
    return {};
  }

  @Get(':id')
  @Route({
    permission: 'accounts:read',
    audit: none('state of an account, no credential'),
    summary: 'One connected account',
    returns: ConnectedAccountResponse,
  })
  get(@Ctx() ctx: RequestContext, @AccountParam() id: string): Promise<ConnectedAccountResponse> {
    return this.show(ctx, { id });
  }

  private async show(ctx: RequestContext, selector: AccountSelector): Promise<ConnectedAccountResponse> {
    return accountResponse(await this.accounts.find(ctx, selectorOf(selector)));
  }
}

const selectorOf = (dto: AccountSelector): Parameters<ConnectedAccountsService['find']>[1] => ({
  connectedAccountId: dto.id,
  connection: dto.connector,
  identifier: dto.identifier,
  organizationId: dto.organization_id,
});
