import type { ClientId, Permission } from '#app/kernel';
import type { ApiClientEntity } from './entities/api-client.entity.js';

/** An API client as its tenant sees it. */
export interface ApiClient {
  readonly id: ClientId;
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Null: every tool that the permissions allow. */
  readonly allowedTools: readonly string[] | null;
  readonly status: 'active' | 'disabled';
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Names every field, so that a new column (or the secret's digest) does not get out by itself. */
export const toApiClient = (row: ApiClientEntity): ApiClient => ({
  id: row.id,
  name: row.name,
  permissions: row.permissions,
  allowedTools: row.allowedTools,
  status: row.status,
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

/** What an API client may do. */
export interface Rights {
  readonly permissions: readonly Permission[];
  readonly allowedTools: readonly string[] | null;
}

/** What is absent stays as it is. */
export interface ApiClientChanges extends Partial<Rights> {
  readonly name?: string;
  readonly status?: ApiClient['status'];
}

type Changeable = Pick<ApiClient, 'name' | 'status'> & Rights;

export function applyChanges(client: Changeable, changes: ApiClientChanges): Changeable {
  const { name = client.name, status = client.status, permissions = client.permissions } = changes;
  const { allowedTools = client.allowedTools } = changes;
  return { name, status, permissions, allowedTools };
}

/** Whether a client may do other things than before, so that what was decided for it no longer holds. */
export const changesWhatItMayDo = (before: Changeable, after: Changeable): boolean =>
  before.status !== after.status || rightsBeyond(before, after).length > 0 || rightsBeyond(after, before).length > 0;

/** What `wanted` has beyond `held`: permissions, and tools as `tool:<name>`. Empty when nothing. */
export function rightsBeyond(held: Rights, wanted: Rights): string[] {
  const permissions = wanted.permissions.filter((permission) => !held.permissions.includes(permission));
  return [...permissions, ...toolsBeyond(held.allowedTools, wanted.allowedTools)];
}

function toolsBeyond(held: Rights['allowedTools'], wanted: Rights['allowedTools']): string[] {
  if (held === null) return [];
  if (wanted === null) return ['every tool (name some in allowed_tools)'];
  return wanted.filter((tool) => !held.includes(tool)).map((tool) => `tool:${tool}`);
}
