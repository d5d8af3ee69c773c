import { newId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import { columnValues } from '../entities/columns.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import { invalid } from '../oauth.errors.js';

export interface AccountKey {
  readonly identifier: string;
  readonly organizationId: string;
}

/** The tenant's own names, as they are written into unique keys, logs and pages. Throws `invalid_arguments`. */
export function checkKey(identifier: string | undefined, organizationId = ''): AccountKey {
  if (identifier === undefined || !isPlainText(identifier, 100) || identifier.trim() === '')
    throw invalid(
      'identifier',
      'must be 1 to 100 characters without control characters: your own name for the end user',
    );
  if (!isPlainText(organizationId, 32))
    throw invalid('organization_id', 'must be at most 32 characters without control characters');
  return { identifier, organizationId };
}

/** The account with this key on the connection, made in PENDING_AUTH when there is none. Safe against a racing twin. */
export async function createIfMissing(
  em: EntityManager,
  connection: ConnectionEntity,
  key: AccountKey,
): Promise<{ account: ConnectedAccountEntity; created: boolean }> {
  const { tenantId, id: connectionId } = connection;
  const id = newId('account');
  const values = { tenantId, id, connectionId, ...key };
  await em
    .createQueryBuilder()
    .insert()
    .into(ConnectedAccountEntity)
    .values(columnValues<ConnectedAccountEntity>(values))
    .orIgnore()
    .execute();
  const account = await em.findOneByOrFail(ConnectedAccountEntity, { tenantId, connectionId, ...key });
  return { account, created: account.id === id };
}

/** Control characters, and the two line separators of Unicode. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

const isPlainText = (text: string, max: number): boolean => text.length <= max && !CONTROL.test(text);
