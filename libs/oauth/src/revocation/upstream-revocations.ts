import { ConnectorRegistry, type Principal } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import {
  CLOCK,
  newId,
  type AccountId,
  type Clock,
  type JsonObject,
  type RequestContext,
  type TenantId,
} from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ProviderApp } from '../connections/provider-apps.js';
import type { Tokens } from '../credentials/credential-seals.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import { readPageRequest, toPage, type Page, type PageRequest } from '../page.js';
import { RevocationSeals, type SealedForRevocation } from './revocation-seals.js';
import { QUEUE_STORED, QUEUE_UNUSED } from './revocation-statements.js';
import { sparesOfGivenUp, sparesOfUnused, type Owner } from './spares.js';
import type { RevocationState, UpstreamRevocation } from './upstream-revocation.js';
import { toUpstreamRevocation } from './upstream-revocation.mapper.js';

/** For whom tokens were obtained that never came into use. */
export interface UnusedTokensOf {
  readonly app: ProviderApp;
  readonly account: { readonly id: AccountId; readonly identifier: string };
  /** Who the provider says the tokens are; null when it was not asked, or did not say. */
  readonly principal: Principal | null;
  /** Parameters of the account; those of the connection come along with `app`. */
  readonly params: JsonObject;
}

/** Tokens that are sealed already, so that they can be queued inside of a transaction. Nothing where nothing can be revoked. */
export interface PreparedRevocation {
  readonly of: UnusedTokensOf;
  readonly sealed: SealedForRevocation | null;
}

export interface RevocationFilter extends PageRequest {
  readonly state?: RevocationState | undefined;
  readonly accountId?: string | undefined;
}

/** A credential that is being given up. */
interface Held {
  readonly accountId: AccountId;
  readonly slot: 'active' | 'pending';
}

export interface GiveUp {
  readonly reason: string;
  /** The tenant wants the whole workspace's authorization to end, whoever of its users is in there. */
  readonly uninstall?: boolean | undefined;
}

/**
 * Revocations on their way to the providers. What is given up here is queued in the transaction that gives it up, so that
 * neither happens without the other; a job tells the provider (see `RevocationSender`).
 */
@Injectable()
export class UpstreamRevocations {
  constructor(
    private readonly database: TenantDatabase,
    private readonly registry: ConnectorRegistry,
    private readonly seals: RevocationSeals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Seals tokens that will not be stored, outside of the transaction that gives them up. */
  async prepare(of: UnusedTokensOf, tokens: Tokens): Promise<PreparedRevocation> {
    const { connector, connection } = of.app;
    if (connector.auth.revoke === null) return { of, sealed: null };
    const { tenantId, id: connectionId } = connection;
    return { of, sealed: await this.seals.seal({ tenantId, connectionId }, tokens) };
  }

  /**
   * Queues prepared tokens as part of the caller's transaction.
   *
   * @param origin `given_up`: tokens of an authorization that was in use and is being given up, obtained too late to be stored
   */
  async enqueue(
    em: EntityManager,
    { of, sealed }: PreparedRevocation,
    reason: string,
    origin: 'never_used' | 'given_up' = 'never_used',
  ): Promise<void> {
    const { revoke } = of.app.connector.auth;
    if (sealed === null || revoke === null) return;
    const { connection, connector } = of.app;
    const owner: Owner = { principalId: of.principal?.id ?? null, workspace: of.principal?.tenant ?? null };
    await lockApp(em, connection);
    const row = {
      tenant_id: connection.tenantId,
      id: sealed.id,
      connection_id: connection.id,
      account_id: of.account.id,
      identifier: of.account.identifier,
      connector: connector.id,
      oauth_client_id: connection.oauthClientId,
      endpoints: connection.endpoints,
      params: { ...connection.params, ...of.params },
      principal_id: owner.principalId,
      workspace: owner.workspace,
      scope: revoke.scope,
      spares: origin === 'given_up' ? sparesOfGivenUp(revoke.scope, false) : sparesOfUnused(revoke.scope, owner),
      reason,
      sealed: sealed.bytes.toString('hex'),
      client_secret_sealed: revoke.clientAuth === 'none' ? null : connection.clientSecretSealed.toString('hex'),
      secret_version: connection.secretVersion,
      created_at: new Date(this.clock.now()),
    };
    await em.query(QUEUE_UNUSED, [JSON.stringify(row)]);
  }

  /** Queues all that accounts of one connection hold, or the slot named. The caller has locked the accounts, and then deletes it. */
  async giveUp(
    em: EntityManager,
    connection: Pick<ConnectionEntity, 'tenantId' | 'id' | 'connector' | 'oauthClientId'>,
    accountIds: readonly AccountId[],
    { reason, uninstall = false }: GiveUp,
    slot?: 'active' | 'pending',
  ): Promise<void> {
    const revoke = this.registry.get(connection.connector)?.auth.revoke ?? null;
    if (revoke === null || accountIds.length === 0) return;
    const held = await heldBy(em, connection.tenantId, accountIds, slot);
    if (held.length === 0) return;
    const unused = slot === 'pending';
    const spares = unused
      ? sparesOfUnused(revoke.scope, { principalId: '', workspace: '' })
      : sparesOfGivenUp(revoke.scope, uninstall);
    await lockApp(em, connection);
    const given = held.map(({ accountId, slot: each }) => ({
      id: newId('revocation'),
      account_id: accountId,
      slot: each,
    }));
    const { tenantId, id } = connection;
    const values = [tenantId, id, JSON.stringify(given), revoke.scope, spares, reason, revoke.clientAuth !== 'none'];
    await em.query(QUEUE_STORED, [...values, new Date(this.clock.now())]);
  }

  async list({ tenantId }: RequestContext, filter: RevocationFilter = {}): Promise<Page<UpstreamRevocation>> {
    const { limit, before } = readPageRequest(filter);
    const { state, accountId } = filter;
    return this.database.withTenant(tenantId, async (em) => {
      const query = em.createQueryBuilder(UpstreamRevocationEntity, 'r').where('r.tenant_id = :tenantId', { tenantId });
      if (state) query.andWhere('r.state = :state', { state });
      if (accountId) query.andWhere('r.account_id = :accountId', { accountId });
      const total = await query.getCount();
      if (before !== null) query.andWhere('r.id < :before', { before });
      const rows = await query
        .orderBy('r.id', 'DESC')
        .take(limit + 1)
        .getMany();
      return toPage(rows.map(toUpstreamRevocation), limit, total);
    });
  }
}

async function heldBy(
  em: EntityManager,
  tenantId: TenantId,
  accountIds: readonly AccountId[],
  slot: 'active' | 'pending' | undefined,
): Promise<Held[]> {
  const query = em
    .createQueryBuilder(CredentialEntity, 'k')
    .select(['k.tenantId', 'k.accountId', 'k.slot'])
    .where('k.tenant_id = :tenantId AND k.account_id = ANY(:accountIds)', { tenantId, accountIds });
  if (slot !== undefined) query.andWhere('k.slot = :slot', { slot });
  return query.getMany();
}

/**
 * Lets one transaction at a time decide whether somebody else of a workspace is left: the last two of it, disconnected at the same
 * moment, must not each take the other for the last. Taken behind the lock of an account; no call ever waits for it.
 */
const lockApp = (
  em: EntityManager,
  { tenantId, connector, oauthClientId }: Pick<ConnectionEntity, 'tenantId' | 'connector' | 'oauthClientId'>,
): Promise<unknown> =>
  em.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    JSON.stringify(['revocation', tenantId, connector, oauthClientId]),
  ]);
