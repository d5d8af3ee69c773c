import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import type { UpstreamRevocation } from '../revocation/upstream-revocation.js';
import type { CredentialRefreshEntity } from '../entities/credential-refresh.entity.js';
import type { ConnectedAccount, LastRefresh } from './connected-account.js';

export function toConnectedAccount(
  row: ConnectedAccountEntity,
  connection: Pick<ConnectionEntity, 'name' | 'connector'>,
  upstreamRevocation: UpstreamRevocation | null,
  refresh: CredentialRefreshEntity | null,
): ConnectedAccount {
  return {
    id: row.id,
    tenantId: row.tenantId,
    connectionId: row.connectionId,
    connectionName: connection.name,
    connector: connection.connector,
    identifier: row.identifier,
    organizationId: row.organizationId === '' ? null : row.organizationId,
    status: row.status,
    statusReason: row.statusReason,
    version: row.version,
    principal: row.principal,
    grantedScopes: row.grantedScopes,
    tokenExpiresAt: row.tokenExpiresAt,
    lastRefresh: toLastRefresh(refresh),
    upstreamRevocation,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function toLastRefresh(row: CredentialRefreshEntity | null): LastRefresh | null {
  if (row?.result == null || row.finishedAt === null) return null;
  const { result, resultCode: code, finishedAt, refreshedAt, failures, retryAt } = row;
  return { result, code, finishedAt, refreshedAt, failures, retryAt: failures === 0 ? null : retryAt };
}
