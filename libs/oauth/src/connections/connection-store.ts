import { isUniqueViolation } from '#app/database';
import { isId, type ConnectionId, type TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import { columnValues } from '../entities/columns.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { ConnectionEntity } from '../entities/connection.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import { ambiguous, connectionNameTaken, connectionNotFound } from '../oauth.errors.js';

const NAME_KEY = 'connections_name_unique';

type ConnectionValues = Partial<Omit<ConnectionEntity, 'createdAt' | 'updatedAt'>>;

/** Adds a connection. Throws `conflict` when its name is taken. */
export async function insertConnection(
  em: EntityManager,
  values: ConnectionValues & { readonly name: string; readonly id: ConnectionId; readonly tenantId: TenantId },
): Promise<ConnectionEntity> {
  await nameTakenAsConflict(values.name, () => em.insert(ConnectionEntity, columnValues<ConnectionEntity>(values)));
  return getConnection(em, values.tenantId, values.id);
}

export async function updateConnection(
  em: EntityManager,
  row: Pick<ConnectionEntity, 'tenantId' | 'id' | 'name'>,
  values: ConnectionValues,
): Promise<ConnectionEntity> {
  const { tenantId, id } = row;
  const changes = columnValues<ConnectionEntity>({ ...values, updatedAt: () => 'now()' });
  await nameTakenAsConflict(values.name ?? row.name, () => em.update(ConnectionEntity, { tenantId, id }, changes));
  return getConnection(em, tenantId, id);
}

export async function getConnection(em: EntityManager, tenantId: TenantId, id: string): Promise<ConnectionEntity> {
  const row = isId('connection', id) ? await em.findOneBy(ConnectionEntity, { tenantId, id }) : null;
  if (row === null) throw connectionNotFound(id);
  return row;
}

export const lockConnection = (
  em: EntityManager,
  tenantId: TenantId,
  id: ConnectionId,
): Promise<ConnectionEntity | null> =>
  em.findOne(ConnectionEntity, { where: { tenantId, id }, lock: { mode: 'pessimistic_write' } });

/** The connection as it stays until the transaction ends; others may look at it meanwhile. */
export const shareConnection = (
  em: EntityManager,
  tenantId: TenantId,
  id: ConnectionId,
): Promise<ConnectionEntity | null> =>
  em.findOne(ConnectionEntity, { where: { tenantId, id }, lock: { mode: 'pessimistic_read' } });

/** The connection of this name; or the only one of the connector of this name. */
export async function connectionNamed(em: EntityManager, tenantId: TenantId, name: string): Promise<ConnectionEntity> {
  const byName = await em.findOneBy(ConnectionEntity, { tenantId, name });
  if (byName !== null) return byName;
  const ofConnector = await em.find(ConnectionEntity, { where: { tenantId, connector: name }, order: { name: 'ASC' } });
  const [only] = ofConnector;
  if (only === undefined) throw connectionNotFound(name);
  if (ofConnector.length > 1)
    throw ambiguous(
      'connector',
      `There are several connections of ${name}.`,
      ofConnector.map((each) => each.name),
    );
  return only;
}

export async function holdsCredentials(
  em: EntityManager,
  tenantId: TenantId,
  connectionId: ConnectionId,
): Promise<boolean> {
  const held = await em
    .createQueryBuilder(CredentialEntity, 'credential')
    .innerJoin(
      ConnectedAccountEntity,
      'account',
      'account.tenant_id = credential.tenant_id AND account.id = credential.account_id',
    )
    .where('credential.tenant_id = :tenantId AND account.connection_id = :connectionId', { tenantId, connectionId })
    .getExists();
  return held;
}

async function nameTakenAsConflict(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isUniqueViolation(error, NAME_KEY)) throw connectionNameTaken(name);
    throw error;
  }
}
