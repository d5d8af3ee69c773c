import { IdentityModule } from '#app/identity';
import { OAuthModule } from '#app/oauth';
import { ToolsModule } from '#app/tools';
import { Module } from '@nestjs/common';
import { ProblemAnswers } from '../../rest/problem-answers.js';
import { MCP_GUARD } from '../caller.js';
import { McpResources } from './mcp-resources.js';
import { ClientDocuments } from './oauth/client-documents.js';
import { ConnectedApps } from './oauth/connected-apps.js';
import { DevelopmentSignIn } from './oauth/development-sign-in.js';
import { GrantExtension } from './oauth/grant-extension.js';
import { InteractionStates } from './oauth/interaction-state.js';
import { Interactions } from './oauth/interactions.js';
import { IssuerRequests } from './oauth/issuer-requests.js';
import { IssuerSignIn } from './oauth/issuer-sign-in.js';
import { OAuthServer } from './oauth/oauth-server.js';
import { OAuthServerRoute } from './oauth/oauth-server.route.js';
import { Passcodes } from './oauth/passcodes.js';
import { RegistrationLimit } from './oauth/registration-limit.js';
import { SignedInVisitor } from './oauth/signed-in-visitor.js';
import { SignInFirst } from './oauth/sign-in-first.js';
import { SignIn } from './oauth/sign-in.js';
import { ResourceMetadataRoute } from './resource-metadata.route.js';
import { TokenGuard } from './token-guard.js';

const OAUTH_SERVER = [
  ClientDocuments,
  ConnectedApps,
  DevelopmentSignIn,
  GrantExtension,
  IssuerRequests,
  IssuerSignIn,
  InteractionStates,
  Interactions,
  OAuthServer,
  OAuthServerRoute,
  Passcodes,
  RegistrationLimit,
  SignIn,
  SignInFirst,
  SignedInVisitor,
];

/** Who may use the MCP door: its guard, and what clients need to get a token that it lets in. */
@Module({
  imports: [IdentityModule, OAuthModule, ToolsModule],
  providers: [
    ...OAUTH_SERVER,
    McpResources,
    ProblemAnswers,
    ResourceMetadataRoute,
    TokenGuard,
    { provide: MCP_GUARD, useExisting: TokenGuard },
  ],
  exports: [MCP_GUARD, McpResources, SignInFirst, SignedInVisitor],
})
export class McpAuthModule {}
