import { IdentityModule } from '#app/identity';
import { OAuthModule } from '#app/oauth';
import { Module } from '@nestjs/common';
import { ProblemAnswers } from '../../rest/problem-answers.js';
import { MCP_GUARD } from '../caller.js';
import { McpResources } from './mcp-resources.js';
import { ResourceMetadataRoute } from './resource-metadata.route.js';
import { TokenGuard } from './token-guard.js';

/** Who may use the MCP door: its guard, and what clients need to get a token that it lets in. */
@Module({
  imports: [IdentityModule, OAuthModule],
  providers: [
    McpResources,
    ProblemAnswers,
    ResourceMetadataRoute,
    TokenGuard,
    { provide: MCP_GUARD, useExisting: TokenGuard },
  ],
  exports: [MCP_GUARD, McpResources],
})
export class McpAuthModule {}
