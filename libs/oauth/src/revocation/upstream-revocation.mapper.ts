import type { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import type { UpstreamRevocation } from './upstream-revocation.js';

export const toUpstreamRevocation = (row: UpstreamRevocationEntity): UpstreamRevocation => ({
  id: row.id,
  accountId: row.accountId,
  connectionId: row.connectionId,
  identifier: row.identifier,
  connector: row.connector,
  scope: row.scope,
  workspace: row.workspace,
  reason: row.reason,
  state: row.state,
  attempts: row.attempts,
  lastError: row.lastError,
  nextAttemptAt: row.state === 'pending' ? row.nextAttemptAt : null,
  createdAt: row.createdAt,
  finishedAt: row.finishedAt,
});
