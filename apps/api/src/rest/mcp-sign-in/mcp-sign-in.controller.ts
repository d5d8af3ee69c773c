import { APP_CONFIG, type AppConfig } from '#app/config';
import { AgentIssuersService } from '#app/identity';
import type { RequestContext } from '#app/kernel';
import { Body, Controller, Delete, Get, Inject, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { signInCallbackOf } from '../../mcp/auth/oauth/oauth-paths.js';
import { Ctx } from '../request.js';
import { Route, none } from '../route.decorator.js';
import { McpSignInAnswer, SetMcpSignInDto } from './mcp-sign-in.dto.js';

@ApiTags('MCP')
@Controller('api/v1/mcp/sign_in')
export class McpSignInController {
  constructor(
    private readonly issuers: AgentIssuersService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @Route({
    permission: 'tenant:read',
    audit: none('configuration without secrets'),
    summary: 'Where the end users sign in before they allow an MCP client something',
    returns: McpSignInAnswer,
  })
  async get(@Ctx() { tenantId }: RequestContext): Promise<McpSignInAnswer> {
    const found = await this.issuers.find(tenantId);
    return {
      sign_in:
        found === null
          ? null
          : { issuer: found.issuer, client_id: found.clientId, identifier_claim: found.identifierClaim },
      redirect_uri: this.config.http.publicUrl + signInCallbackOf(tenantId),
    };
  }

  @Put()
  @Route({
    permission: 'tenant:write',
    audit: 'agent_issuer.updated',
    summary: 'Let the end users sign in at an OpenID Connect issuer of the tenant',
    returns: McpSignInAnswer,
  })
  async set(@Ctx() ctx: RequestContext, @Body() body: SetMcpSignInDto): Promise<McpSignInAnswer> {
    const { issuer, client_id: clientId, identifier_claim: identifierClaim = 'sub' } = body;
    await this.issuers.set(ctx, { issuer, clientId, identifierClaim });
    return this.get(ctx);
  }

  @Delete()
  @Route({
    permission: 'tenant:write',
    audit: 'agent_issuer.updated',
    summary: 'Let no end user sign in any more',
    returns: McpSignInAnswer,
  })
  async remove(@Ctx() ctx: RequestContext): Promise<McpSignInAnswer> {
    await this.issuers.set(ctx, null);
    return this.get(ctx);
  }
}
