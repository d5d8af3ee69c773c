import type { AgentGrant, AgentToken } from '#app/identity';
import type { McpAppView, McpTokenView } from './mcp-tokens.dto.js';

export const tokenView = (token: AgentToken): McpTokenView => ({
  id: token.id,
  identifier: token.identifier,
  url: token.resource,
  scopes: token.scopes,
  client_id: token.clientId,
  status: token.revokedAt === null ? 'active' : 'revoked',
  created_at: token.createdAt.toISOString(),
  expires_at: token.expiresAt.toISOString(),
});

export const appView = (grant: AgentGrant): McpAppView => ({
  id: grant.id,
  identifier: grant.identifier,
  agent: grant.agent,
  name: grant.agentName,
  url: grant.resource,
  scopes: grant.scopes,
  created_at: grant.createdAt.toISOString(),
  expires_at: grant.expiresAt.toISOString(),
});
