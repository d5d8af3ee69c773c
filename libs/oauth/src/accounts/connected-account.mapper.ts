import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import type { UpstreamRevocation } from '../revocation/upstream-revocation.js';
import type { ConnectedAccount } from './connected-account.js';

export function toConnectedAccount(
  row: ConnectedAccountEntity,
  connection: Pick<ConnectionEntity, 'name' | 'connector'>,
  upstreamRevocation: UpstreamRevocation | null,
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
    upstreamRevocation,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
