export { AgentAccess, type AgentAnswer, type AgentIdentity } from './agents/agent-access.js';
export {
  AgentGrantsService,
  type AgentGrant,
  type FoundGrant,
  type NewAgentGrant,
} from './agents/agent-grants.service.js';
export { AgentIssuersService, type AgentIssuer } from './agents/agent-issuers.service.js';
export { AgentSessions, type AgentProgram, type AgentSubject } from './agents/agent-sessions.js';
export {
  AgentTokensService,
  type AgentToken,
  type AgentTokenFilter,
  type NewAgentToken,
} from './agents/agent-tokens.service.js';
export { AgentsCleanup } from './agents/agents-cleanup.js';
export { OAuthServerRecords, type ServerRecord } from './agents/oauth-server-records.js';
export type { ApiClient, ApiClientChanges, Rights } from './api-client.js';
export { ApiClientsService, type ApiClientWithSecret, type CreateApiClient } from './api-clients.service.js';
export { IDENTITY_ENTITIES } from './entities/index.js';
export type { BootstrapClientConfig, BootstrapResult } from './first-client.js';
export { FirstTenant } from './first-tenant.js';
export { IDENTITY_JOURNAL, type IdentityEvent, type IdentityJournal } from './identity-journal.js';
export { IdentityModule } from './identity.module.js';
export type { Page, PageRequest } from './page.js';
export { SECRET_KEEPER, type SealedKeyColumn, type SecretKeeper, type SigningKeyBinding } from './secret-keeper.js';
export type { TokenRequest } from './client-credentials.js';
export { SigningKeys, type SigningKey } from './signing-keys.js';
export { TenantAdministration, type TenantWithClient } from './tenant-administration.js';
export { TENANT_KEYS, type TenantKeys } from './tenant-keys.js';
export { TenantShredding } from './tenant-shredding.js';
export type { TenantStatus, TenantSummary } from './tenant.js';
export { TenantsService, type Tenant, type TenantChanges } from './tenants.service.js';
export { TokenService, type Authenticated, type IssuedToken } from './token.service.js';
