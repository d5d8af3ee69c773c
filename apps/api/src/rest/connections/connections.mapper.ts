import type { Connection, Page } from '#app/oauth';
import type { AppConnectionPage, AppConnectionView, ConnectionPage, ConnectionView } from './connections.view.js';

export const connectionView = (connection: Connection): ConnectionView => ({
  id: connection.id,
  name: connection.name,
  connector: connection.connector,
  status: connection.status,
  oauth_client_id: connection.oauthClientId,
  redirect_uri: connection.redirectUri,
  params: connection.params,
  endpoints: {
    authorize_url: connection.endpoints.authorizeUrl ?? null,
    token_url: connection.endpoints.tokenUrl ?? null,
    api_url: connection.endpoints.apiUrl ?? null,
    revoke_url: connection.endpoints.revokeUrl ?? null,
  },
  user_verification: connection.userVerification,
  sandbox: connection.sandbox,
  created_at: connection.createdAt.toISOString(),
  updated_at: connection.updatedAt.toISOString(),
});

export const connectionPage = (page: Page<Connection>): ConnectionPage => ({
  connections: page.items.map(connectionView),
  next_page_token: page.nextPageToken,
  total_size: page.totalSize,
});

export const appConnectionPage = (page: Page<Connection>): AppConnectionPage => ({
  connections: page.items.map(appConnectionView),
  next_page_token: page.nextPageToken,
  prev_page_token: '',
  total_size: page.totalSize,
});

const appConnectionView = (connection: Connection): AppConnectionView => ({
  id: connection.id,
  type: 'OAUTH',
  status: 'COMPLETED',
  enabled: connection.status === 'enabled',
  provider_key: connection.connector.toUpperCase(),
  key_id: connection.name,
  created_at: connection.createdAt.toISOString(),
});
