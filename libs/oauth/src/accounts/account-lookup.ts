import type { TenantId } from '#app/kernel';
import { In, type EntityManager } from 'typeorm';
import type { AccountSelector } from './connected-account.js';
import { connectionNamed } from '../connections/connection-store.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { ConnectionEntity } from '../entities/connection.entity.js';
import { accountNotFound, ambiguous, invalid, quote } from '../oauth.errors.js';

/** An account with the connection it is on. */
export interface AccountRow {
  readonly account: ConnectedAccountEntity;
  readonly connection: ConnectionEntity;
}

/** The account that a selector names. Throws `account_not_found`, or `invalid_arguments` when it fits several. */
export async function getAccount(
  em: EntityManager,
  tenantId: TenantId,
  selector: AccountSelector,
): Promise<AccountRow> {
  const found = await findAccount(em, tenantId, selector);
  if (found === null) throw accountNotFound(describe(selector));
  return found;
}

export async function findAccount(
  em: EntityManager,
  tenantId: TenantId,
  selector: AccountSelector,
): Promise<AccountRow | null> {
  const { connectedAccountId: id, connection: name, identifier, organizationId = '' } = selector;
  if (id === undefined && identifier === undefined)
    throw invalid('identifier', 'is missing: name the account by its id, or by connector and identifier');
  const connection = name === undefined ? undefined : await connectionNamed(em, tenantId, name);
  const query = accounts(em).where('a.tenant_id = :tenantId', { tenantId });
  if (id !== undefined) query.andWhere('a.id = :id', { id });
  else query.andWhere('a.organization_id = :organizationId', { organizationId });
  if (identifier !== undefined) query.andWhere('a.identifier = :identifier', { identifier });
  if (connection !== undefined) query.andWhere('a.connection_id = :connectionId', { connectionId: connection.id });
  return onlyOne(await rows(em, tenantId, query.orderBy('c.name').limit(MANY)));
}

const MANY = 20;

export type AccountQuery = ReturnType<typeof accounts>;

/** Accounts `a` with their connections `c`, to be narrowed. */
export const accounts = (em: EntityManager) =>
  em
    .createQueryBuilder(ConnectedAccountEntity, 'a')
    .innerJoin(ConnectionEntity, 'c', 'c.tenant_id = a.tenant_id AND c.id = a.connection_id');

/** Runs a query of {@link accounts}. */
export async function rows(em: EntityManager, tenantId: TenantId, query: AccountQuery): Promise<AccountRow[]> {
  const found = await query.getMany();
  const ids = [...new Set(found.map((account) => account.connectionId))];
  const connections = await em.findBy(ConnectionEntity, { tenantId, id: In(ids) });
  return found.flatMap((account) => {
    const connection = connections.find((each) => each.id === account.connectionId);
    return connection === undefined ? [] : [{ account, connection }];
  });
}

function onlyOne(found: readonly AccountRow[]): AccountRow | null {
  if (found.length <= 1) return found[0] ?? null;
  const names = found.map(({ connection }) => connection.name);
  throw ambiguous('connector', 'This identifier has accounts on several connections.', names);
}

function describe({ connectedAccountId, connection, identifier }: AccountSelector): string {
  if (connectedAccountId !== undefined) return quote(connectedAccountId);
  return `of ${quote(identifier ?? '')}${connection === undefined ? '' : ` on ${quote(connection)}`}`;
}
