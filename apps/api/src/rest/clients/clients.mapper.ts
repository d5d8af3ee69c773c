import type { ApiClient } from '#app/identity';
import type { ClientView } from './clients.dto.js';

export const clientView = (client: ApiClient): ClientView => ({
  id: client.id,
  name: client.name,
  permissions: client.permissions,
  allowed_tools: client.allowedTools,
  status: client.status,
  created_at: client.createdAt.toISOString(),
  updated_at: client.updatedAt.toISOString(),
});
