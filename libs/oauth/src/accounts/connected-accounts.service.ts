import { TenantDatabase } from '#app/database';
import type { AccountId, RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { connectionNamed } from '../connections/connection-store.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { readPageRequest, toPage, type Page, type PageRequest } from '../page.js';
import { UpstreamRevocations } from '../revocation/upstream-revocations.js';
import { checkKey, createIfMissing } from './account-creation.js';
import { accounts, getAccount, rows, type AccountQuery } from './account-lookup.js';
import { UserVerification, type Verification } from './user-verification.js';
import { AccountResolver } from './account-resolver.js';
import type { AccountStatus } from './account-state.js';
import { disconnect, holdsGeneration, lockAccount, loseCredential } from './account-store.js';
import { viewOf, viewsOf } from './account-views.js';
import { ConnectLinks, type ConnectLink, type LinkRequest } from './connect-links.js';
import type { AccountForCall, AccountSelector, ConnectedAccount } from './connected-account.js';

export interface NewAccount {
  /** Name of a connection; or a connector's id when the tenant has one connection of it. */
  readonly connection: string;
  readonly identifier: string;
  readonly organizationId?: string | undefined;
}

export interface AccountFilter extends PageRequest {
  readonly connectionNames?: readonly string[] | undefined;
  /** Id of a connector, in any case. */
  readonly provider?: string | undefined;
  readonly identifier?: string | undefined;
  readonly organizationId?: string | undefined;
  readonly status?: AccountStatus | undefined;
  /** Part of an identifier, in any case. */
  readonly query?: string | undefined;
}

export interface VerifiedUser {
  readonly account: ConnectedAccount;
  /** A page of ours that tells the user that it worked, for a tenant that has none. */
  readonly redirectUrl: string;
}

/** The tenant's connected accounts. */
@Injectable()
export class ConnectedAccountsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly resolver: AccountResolver,
    private readonly links: ConnectLinks,
    private readonly verification: UserVerification,
    private readonly events: LifecycleEvents,
    private readonly upstream: UpstreamRevocations,
  ) {}

  /** Makes an account in PENDING_AUTH. One that is there already is returned as it is. */
  async create(ctx: RequestContext, input: NewAccount): Promise<ConnectedAccount> {
    const key = checkKey(input.identifier, input.organizationId);
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const connection = await connectionNamed(em, ctx.tenantId, input.connection);
      const { account, created } = await createIfMissing(em, connection, key);
      if (created) await this.events.record(ctx, 'connected_account.created', account, { status: account.status }, em);
      return viewOf(em, { account, connection });
    });
  }

  async list(ctx: RequestContext, filter: AccountFilter = {}): Promise<Page<ConnectedAccount>> {
    const { limit, before } = readPageRequest(filter);
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const query = narrow(accounts(em).where('a.tenant_id = :tenantId', { tenantId: ctx.tenantId }), filter);
      const total = await query.getCount();
      if (before !== null) query.andWhere('a.id < :before', { before });
      const found = await rows(em, ctx.tenantId, query.orderBy('a.id', 'DESC').limit(limit + 1));
      return toPage(await viewsOf(em, ctx.tenantId, found), limit, total);
    });
  }

  /** The account with this id. Throws `account_not_found`. */
  get(ctx: RequestContext, id: AccountId): Promise<ConnectedAccount> {
    return this.find(ctx, { connectedAccountId: id });
  }

  /** The account that a selector names. Throws `account_not_found`, or `invalid_arguments` when it fits several. */
  async find(ctx: RequestContext, selector: AccountSelector): Promise<ConnectedAccount> {
    return this.database.withTenant(ctx.tenantId, async (em) =>
      viewOf(em, await getAccount(em, ctx.tenantId, selector)),
    );
  }

  /**
   * Destroys the credential, and has it revoked at the provider. Where that ends the whole workspace's authorization, it is done
   * for the last account of the workspace only, or when `uninstall` asks for it. A link or a consent from before can't bring the
   * account back; a new link can. Safe to repeat.
   */
  async disconnect(
    ctx: RequestContext,
    id: AccountId,
    { uninstall }: { readonly uninstall?: boolean | undefined } = {},
  ): Promise<ConnectedAccount> {
    const view = await this.database.withTenant(ctx.tenantId, async (em) => {
      const { account: found, connection } = await getAccount(em, ctx.tenantId, { connectedAccountId: id });
      const account = (await lockAccount(em, ctx.tenantId, id)) ?? found;
      await this.upstream.giveUp(em, connection, [id], { reason: 'disconnected', uninstall });
      if (await disconnect(em, account, 'requested'))
        await this.events.record(ctx, 'connected_account.disconnected', account, { status: account.status }, em);
      return viewOf(em, { account, connection });
    });
    this.resolver.invalidate({ id });
    return view;
  }

  /** Deletes the account with everything that belongs to it but its audit trail. */
  async delete(ctx: RequestContext, selector: AccountSelector): Promise<void> {
    const id = await this.database.withTenant(ctx.tenantId, async (em) => {
      const { account, connection } = await getAccount(em, ctx.tenantId, selector);
      await lockAccount(em, ctx.tenantId, account.id);
      await this.upstream.giveUp(em, connection, [account.id], { reason: 'deleted' });
      await em.delete(ConnectedAccountEntity, { tenantId: ctx.tenantId, id: account.id });
      await this.events.record(
        ctx,
        'connected_account.deleted',
        account,
        { principalId: account.principal?.id ?? null },
        em,
      );
      return account.id;
    });
    this.resolver.invalidate({ id });
  }

  /** A link with which the end user connects the account; the account is made when it does not exist. */
  magicLink(ctx: RequestContext, request: LinkRequest): Promise<ConnectLink> {
    return this.links.create(ctx, request);
  }

  /** A link to connect an account again that nobody asked for; null when its user is to be connected with verification only. */
  reconnectLink(ctx: RequestContext, id: AccountId): Promise<ConnectLink | null> {
    return this.links.createUnasked(ctx, id);
  }

  /**
   * The tenant's server says who is signed in where a consent waits for verification. The account becomes active if that is
   * its user. Throws `permission_denied` if not (what was granted is destroyed), `not_found` for a request that is unknown,
   * used or expired.
   */
  async verifyUser(ctx: RequestContext, verification: Verification): Promise<VerifiedUser> {
    const { id } = await this.verification.verify(ctx, verification);
    return { account: await this.get(ctx, id), redirectUrl: this.links.connectedPage };
  }

  /** Every account of an identifier, whatever its connection and status. */
  allForIdentifier(ctx: RequestContext, identifier: string): Promise<AccountForCall[]> {
    return this.resolver.allOf(ctx.tenantId, identifier);
  }

  /** Which account a tool call is made for. On the hot path; the answer may come from a cache. */
  resolveForCall(ctx: RequestContext, selector: AccountSelector, connectorId: string): Promise<AccountForCall> {
    return this.resolver.resolve(ctx.tenantId, selector, connectorId);
  }

  /** Admission found that the account has changed: forget what is remembered of it. */
  invalidate(account: { readonly id: AccountId }): void {
    this.resolver.invalidate(account);
  }

  /**
   * The provider refused the account's credential. The account is given up, unless it has changed since the call was admitted:
   * then the refusal was about an older credential. Returns the status that the account has now.
   */
  async markRevokedByProvider(
    ctx: RequestContext,
    account: Pick<AccountForCall, 'id' | 'version'> & { readonly generation?: number | null },
    reason: string,
    status: 'DISCONNECTED' | 'EXPIRED' = 'DISCONNECTED',
  ): Promise<AccountStatus> {
    const change = status === 'EXPIRED' ? 'expired' : 'disconnected';
    const now = await this.database.withTenant(ctx.tenantId, async (em) => {
      const row = await lockAccount(em, ctx.tenantId, account.id);
      if (row === null) return 'DISCONNECTED';
      if (row.version !== account.version || row.status !== 'ACTIVE') return row.status;
      if (account.generation != null && !(await holdsGeneration(em, row, account.generation))) return row.status;
      await loseCredential(em, row, change, reason);
      const details = { status: row.status, reason, principalId: row.principal?.id ?? null };
      await this.events.record(ctx, 'connected_account.revoked_by_provider', row, details, em);
      return row.status;
    });
    this.resolver.invalidate(account);
    return now;
  }
}

function narrow(query: AccountQuery, filter: AccountFilter): AccountQuery {
  const { connectionNames, provider, identifier, organizationId, status, query: text } = filter;
  if (connectionNames?.length) query.andWhere('c.name IN (:...connectionNames)', { connectionNames });
  if (provider) query.andWhere('c.connector = lower(:provider)', { provider });
  if (identifier) query.andWhere('a.identifier = :identifier', { identifier });
  if (organizationId) query.andWhere('a.organization_id = :organizationId', { organizationId });
  if (status) query.andWhere('a.status = :status', { status });
  if (text) query.andWhere('strpos(lower(a.identifier), lower(:text)) > 0', { text });
  return query;
}
