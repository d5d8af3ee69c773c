import type { RequestContext } from '#app/kernel';
import { ConnectedAccountsService, ConnectionsService, type Connection } from '#app/oauth';
import { ToolsetsService } from '#app/tools';
import { Body, Controller, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../request.js';
import { Route } from '../route.decorator.js';
import { ToolsetAccountsAnswer, ToolsetAccountsDto, type ToolsetAccountView } from './toolset-accounts.dto.js';

/** Which of its connections a user has an account for: what to have them connect before an agent works for them. */
@ApiTags('MCP')
@Controller('api/v1/mcp/configs')
export class ToolsetAccountsController {
  constructor(
    private readonly toolsets: ToolsetsService,
    private readonly connections: ConnectionsService,
    private readonly accounts: ConnectedAccountsService,
  ) {}

  @Post(':id/connected_accounts')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Route({
    permission: 'accounts:write',
    audit: 'connected_account.link_created',
    summary: 'The accounts of a user for the connections of a toolset; makes those that do not exist',
    returns: ToolsetAccountsAnswer,
    fails: [404],
  })
  async ensure(
    @Ctx() ctx: RequestContext,
    @Param('id') id: string,
    @Body() { identifier, include_auth_link: withLinks = false }: ToolsetAccountsDto,
  ): Promise<ToolsetAccountsAnswer> {
    const { parts } = await this.toolsets.get(ctx, id);
    const connections = await this.connections.all(ctx);
    // In the order of the toolset; what is not there any more has no accounts
    const chosen = parts.flatMap(({ connectionId }) => connections.filter((each) => each.id === connectionId));
    const views: ToolsetAccountView[] = [];
    for (const connection of chosen) views.push(await this.account(ctx, connection, identifier, withLinks));
    return { connected_accounts: views };
  }

  private async account(
    ctx: RequestContext,
    { id, name, connector }: Connection,
    identifier: string,
    withLink: boolean,
  ): Promise<ToolsetAccountView> {
    const account = await this.accounts.create(ctx, { connection: name, identifier });
    const needed = withLink && account.status !== 'ACTIVE';
    return {
      connection_id: id,
      connection_name: name,
      provider: connector,
      connected_account_id: account.id,
      connected_account_status: account.status,
      authentication_link: needed ? (await this.accounts.magicLink(ctx, { connection: name, identifier })).link : null,
    };
  }
}
