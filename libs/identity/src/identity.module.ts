import { Module } from '@nestjs/common';
import { AgentAccess } from './agents/agent-access.js';
import { AgentGrantsService } from './agents/agent-grants.service.js';
import { AgentIssuersService } from './agents/agent-issuers.service.js';
import { AgentSessions } from './agents/agent-sessions.js';
import { AgentTokensService } from './agents/agent-tokens.service.js';
import { AgentsClient } from './agents/agents-client.js';
import { AgentsCleanup } from './agents/agents-cleanup.js';
import { OAuthServerRecords } from './agents/oauth-server-records.js';
import { ApiClientsService } from './api-clients.service.js';
import { ClientCredentials } from './client-credentials.js';
import { ClientDirectory } from './client-directory.js';
import { EvenRefusals } from './even-refusals.js';
import { FirstClient } from './first-client.js';
import { FirstTenant } from './first-tenant.js';
import { PresentRights } from './present-rights.js';
import { RefusalRecords } from './refusal-records.js';
import { SigningKeys } from './signing-keys.js';
import { TenantAdministration } from './tenant-administration.js';
import { TenantShredding } from './tenant-shredding.js';
import { TenantsService } from './tenants.service.js';
import { TokenService } from './token.service.js';

/** Needs a `SECRET_KEEPER`, `TENANT_KEYS` and an `IDENTITY_JOURNAL` from a global module. */
@Module({
  providers: [
    AgentAccess,
    AgentGrantsService,
    AgentIssuersService,
    AgentSessions,
    AgentTokensService,
    AgentsClient,
    AgentsCleanup,
    OAuthServerRecords,
    FirstTenant,
    ApiClientsService,
    ClientCredentials,
    ClientDirectory,
    EvenRefusals,
    FirstClient,
    PresentRights,
    RefusalRecords,
    SigningKeys,
    TenantAdministration,
    TenantShredding,
    TenantsService,
    TokenService,
  ],
  exports: [
    AgentAccess,
    AgentGrantsService,
    AgentIssuersService,
    AgentSessions,
    AgentTokensService,
    AgentsCleanup,
    ApiClientsService,
    FirstTenant,
    OAuthServerRecords,
    SigningKeys,
    TenantAdministration,
    TenantShredding,
    TenantsService,
    TokenService,
  ],
})
export class IdentityModule {}
