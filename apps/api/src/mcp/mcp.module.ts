import { IdentityModule } from '#app/identity';
import { OAuthModule } from '#app/oauth';
import { ToolsModule } from '#app/tools';
import { Module } from '@nestjs/common';
import { ProblemAnswers } from '../rest/problem-answers.js';
import { McpAuthModule } from './auth/mcp-auth.module.js';
import { CallingPrograms } from './calling-programs.js';
import { LandingRoute } from './landing/landing.route.js';
import { McpExchanges } from './mcp-exchanges.js';
import { McpServers } from './mcp-servers.js';
import { CallTool } from './tools/call-tool.js';
import { ConnectMoment } from './tools/connect-moment.js';
import { ToolOffers } from './tools/tool-offers.js';
import { McpRoute } from './transport/mcp-route.js';

/** The MCP door: the protocol and its words. Who may call is the guard's to say, what a call does the libraries'. */
@Module({
  imports: [IdentityModule, McpAuthModule, OAuthModule, ToolsModule],
  providers: [
    CallTool,
    CallingPrograms,
    ConnectMoment,
    LandingRoute,
    McpExchanges,
    McpRoute,
    McpServers,
    ProblemAnswers,
    ToolOffers,
  ],
})
export class McpModule {}
