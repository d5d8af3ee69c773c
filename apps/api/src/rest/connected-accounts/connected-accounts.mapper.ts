import type { ConnectedAccount } from '#app/oauth';

/** What callers see of an account. There is no field for a token. */
export const accountView = (account: ConnectedAccount): object => ({
  id: account.id,
  identifier: account.identifier,
  organization_id: account.organizationId === '' ? null : account.organizationId,
  provider: account.connector.toUpperCase(),
  connector: account.connectionName,
  connection_id: account.connectionId,
  status: account.status,
  status_reason: account.statusReason,
  authorization_type: 'OAUTH',
  scopes: account.grantedScopes,
  principal: account.principal && {
    id: account.principal.id,
    label: account.principal.label,
    workspace: account.principal.tenant,
  },
  token_expires_at: account.tokenExpiresAt?.toISOString() ?? null,
  created_at: account.createdAt.toISOString(),
  updated_at: account.updatedAt.toISOString(),
});
