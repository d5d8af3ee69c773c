import type { Connection } from './connection.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import type { OAuthSettings } from '../oauth-settings.js';

export function toConnection(row: ConnectionEntity, settings: OAuthSettings): Connection {
  return {
    id: row.id,
    tenantId: row.tenantId,
    name: row.name,
    connector: row.connector,
    status: row.status,
    oauthClientId: row.oauthClientId,
    params: row.params,
    endpoints: row.endpoints,
    scopes: row.scopes,
    userVerification: row.userVerification,
    sandbox: row.sandbox,
    redirectUri: settings.redirectUri(row.id),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
