import { AuditModule } from '#app/audit';
import { IdentityModule } from '#app/identity';
import { OAuthModule } from '#app/oauth';
import { ToolsModule } from '#app/tools';
import { VaultModule } from '#app/vault';
import { WebhooksModule } from '#app/webhooks';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { AuditController } from './audit/audit.controller.js';
import { Authentication } from './authentication.js';
import { AuthenticateGuard } from './authenticate.guard.js';
import { ClientsController } from './clients/clients.controller.js';
import { ConnectModule } from './connect/connect.module.js';
import { ConnectedAccountsController } from './connected-accounts/connected-accounts.controller.js';
import { RevocationsController } from './connected-accounts/revocations.controller.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { EventsController } from './events/events.controller.js';
import { ExecuteController } from './execute/execute.controller.js';
import { ExecuteRoute } from './execute/execute.route.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { HealthController } from './health/health.controller.js';
import { McpAuthModule } from '../mcp/auth/mcp-auth.module.js';
import { McpSignInController } from './mcp-sign-in/mcp-sign-in.controller.js';
import { McpTokensController } from './mcp-tokens/mcp-tokens.controller.js';
import { ProblemAnswers } from './problem-answers.js';
import { KeysController } from './keys/keys.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { ProxyRoute } from './proxy/proxy.route.js';
import { ProviderSignalsRoute } from './provider-signals/provider-signals.route.js';
import { RouteCheck } from './route-check.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TenantController } from './tenant/tenant.controller.js';
import { TokenController } from './token/token.controller.js';
import { ToolsetAccountsController } from './toolsets/toolset-accounts.controller.js';
import { ToolsetViews } from './toolsets/toolset-views.js';
import { ToolsetsController } from './toolsets/toolsets.controller.js';
import { ToolsController } from './tools/tools.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { createValidationPipe } from './validation.js';

/** The REST door: parses, authenticates and renders. What is decided and done is in the libraries. */
@Module({
  imports: [
    AuditModule,
    ConnectModule,
    DiscoveryModule,
    IdentityModule,
    McpAuthModule,
    OAuthModule,
    ToolsModule,
    VaultModule,
    WebhooksModule,
  ],
  controllers: [
    AuditController,
    ClientsController,
    ConnectedAccountsController,
    RevocationsController,
    ConnectionsController,
    EventsController,
    ExecuteController,
    ExecutionsController,
    HealthController,
    KeysController,
    McpSignInController,
    McpTokensController,
    TenantController,
    TenantsController,
    TokenController,
    ToolsController,
    ToolsetAccountsController,
    ToolsetsController,
    WebhooksController,
  ],
  providers: [
    Authentication,
    ExecuteRoute,
    ProblemAnswers,
    ProviderSignalsRoute,
    ProxyRoute,
    RouteCheck,
    ToolsetViews,
    { provide: APP_GUARD, useClass: AuthenticateGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useFactory: createValidationPipe },
  ],
})
export class RestModule {}
