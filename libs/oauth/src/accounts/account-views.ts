import type { AccountId, TenantId } from '#app/kernel';
import { In, type EntityManager } from 'typeorm';
import { CredentialRefreshEntity } from '../entities/credential-refresh.entity.js';
import { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import { toUpstreamRevocation } from '../revocation/upstream-revocation.mapper.js';
import type { AccountRow } from './account-lookup.js';
import type { ConnectedAccount } from './connected-account.js';
import { toConnectedAccount } from './connected-account.mapper.js';

export async function viewOf(em: EntityManager, row: AccountRow): Promise<ConnectedAccount> {
  const [view] = await viewsOf(em, row.account.tenantId, [row]);
  return view ?? toConnectedAccount(row.account, row.connection, null, null);
}

/** Accounts as their tenant sees them. One that is not in use shows how far the revocation of its last tokens has come. */
export async function viewsOf(
  em: EntityManager,
  tenantId: TenantId,
  rows: readonly AccountRow[],
): Promise<ConnectedAccount[]> {
  const unused = rows.filter(({ account }) => account.status !== 'ACTIVE').map(({ account }) => account.id);
  const revocations = await lastRevocations(em, tenantId, unused);
  const refreshes = await lastRefreshes(em, tenantId, rows);
  return rows.map(({ account, connection }) => {
    const revocation = revocations.get(account.id);
    const upstream = revocation === undefined ? null : toUpstreamRevocation(revocation);
    return toConnectedAccount(account, connection, upstream, refreshes.get(account.id) ?? null);
  });
}

async function lastRevocations(
  em: EntityManager,
  tenantId: TenantId,
  accountIds: readonly AccountId[],
): Promise<Map<AccountId, UpstreamRevocationEntity>> {
  if (accountIds.length === 0) return new Map();
  const found = await em
    .createQueryBuilder(UpstreamRevocationEntity, 'r')
    .distinctOn(['r.account_id'])
    .where('r.tenant_id = :tenantId AND r.account_id = ANY(:accountIds)', { tenantId, accountIds })
    .orderBy('r.account_id')
    .addOrderBy('r.id', 'DESC')
    .getMany();
  return new Map(found.map((each) => [each.accountId, each]));
}

async function lastRefreshes(
  em: EntityManager,
  tenantId: TenantId,
  rows: readonly AccountRow[],
): Promise<Map<AccountId, CredentialRefreshEntity>> {
  if (rows.length === 0) return new Map();
  const accountId = In(rows.map(({ account }) => account.id));
  const found = await em.findBy(CredentialRefreshEntity, { tenantId, accountId });
  return new Map(found.map((each) => [each.accountId, each]));
}
