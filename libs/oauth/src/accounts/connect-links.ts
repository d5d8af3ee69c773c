import { TenantDatabase } from '#app/database';
import { redirectProblem, type AccountId, type AppError, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { checkKey, createIfMissing } from './account-creation.js';
import { getAccount, type AccountRow } from './account-lookup.js';
import { lockAccount } from './account-store.js';
import { ConnectTimes } from '../connect/connect-times.js';
import type { AccountSelector } from './connected-account.js';
import { verifierOf } from '../connect/verifier.js';
import { connectionNamed } from '../connections/connection-store.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { invalid } from '../oauth.errors.js';
import { OAuthSettings } from '../oauth-settings.js';
import { hashToken, newOpaqueToken } from '../opaque-token.js';
import { readTenantSettings } from '../tenant-settings.js';

export interface LinkRequest extends AccountSelector {
  /** The tenant's own state, handed back to `userVerifyUrl`. At most 512 characters. */
  readonly state?: string | undefined;
  /** Where the browser goes after consent, so that the tenant's server can vouch for its user; else the tenant's own verifier. */
  readonly userVerifyUrl?: string | undefined;
}

export interface ConnectLink {
  /** To be opened by the end user; works once, in one browser. */
  readonly link: string;
  readonly expiry: Date;
}

/** Makes the links with which end users connect their accounts. */
@Injectable()
export class ConnectLinks {
  constructor(
    private readonly database: TenantDatabase,
    private readonly events: LifecycleEvents,
    private readonly times: ConnectTimes,
    private readonly settings: OAuthSettings,
  ) {}

  /** The page that says that it worked. */
  get connectedPage(): string {
    return this.settings.resultUrl('connected');
  }

  /** A link for the account that the request names; the account is made when it does not exist. */
  async create(ctx: RequestContext, request: LinkRequest): Promise<ConnectLink> {
    checkRequest(request);
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const row = await this.accountFor(ctx, em, request);
      const userVerifyUrl = await this.verifierFor(em, row, request);
      if (row.connection.userVerification === 'required' && userVerifyUrl === null)
        throw verifierMissing(row.connection.name);
      return this.insert(ctx, em, row.account, { userVerifyUrl, state: request.state });
    });
  }

  /**
   * A link that nobody asked for, to connect an account again. It leads to the tenant's own verifier where there is one. Null
   * when its user is to be verified and there is none: a link without verification would be a way around it.
   */
  async createUnasked(ctx: RequestContext, id: AccountId): Promise<ConnectLink | null> {
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const { account: found, connection } = await getAccount(em, ctx.tenantId, { connectedAccountId: id });
      // A link with verification that is being made at this moment is waited for, or finds this one and removes it
      const account = (await lockAccount(em, ctx.tenantId, id)) ?? found;
      const userVerifyUrl = await this.verifierFor(em, { account, connection }, {});
      const mustVerify = account.verificationAsked || connection.userVerification === 'required';
      if (mustVerify && userVerifyUrl === null) return null;
      return this.insert(ctx, em, account, { userVerifyUrl });
    });
  }

  /** Throws `invalid_arguments` for an address that is not on the tenant's list: nobody is ever sent anywhere else. */
  private async verifierFor(
    em: EntityManager,
    { account, connection }: AccountRow,
    request: Pick<LinkRequest, 'userVerifyUrl'>,
  ): Promise<string | null> {
    const tenant = await readTenantSettings(em, account.tenantId);
    const url = verifierOf(connection, tenant, request.userVerifyUrl);
    if (url === null) return null;
    const rules = { allowList: tenant.redirectAllowList, loopback: this.settings.loopbackRedirects };
    const problem = redirectProblem(url, rules);
    if (problem !== null) throw invalid('user_verify_url', problem);
    return url;
  }

  private async accountFor(ctx: RequestContext, em: EntityManager, request: LinkRequest): Promise<AccountRow> {
    const { connectedAccountId, connection: name, identifier, organizationId } = request;
    if (connectedAccountId !== undefined || name === undefined) return getAccount(em, ctx.tenantId, request);
    const connection = await connectionNamed(em, ctx.tenantId, name);
    const { account, created } = await createIfMissing(em, connection, checkKey(identifier, organizationId));
    if (created) await this.events.record(ctx, 'connected_account.created', account, { status: account.status }, em);
    return { account, connection };
  }

  private async insert(
    ctx: RequestContext,
    em: EntityManager,
    account: ConnectedAccountEntity,
    { userVerifyUrl, state }: { readonly userVerifyUrl: string | null; readonly state?: string | undefined },
  ): Promise<ConnectLink> {
    const verification = userVerifyUrl !== null;
    if (verification && !account.verificationAsked) await askForVerification(em, account);
    const token = newOpaqueToken();
    const expiry = this.times.linkExpiry();
    await em.insert(ConnectLinkEntity, {
      tenantId: ctx.tenantId,
      linkHash: hashToken(token),
      accountId: account.id,
      connectionId: account.connectionId,
      callerState: state ?? null,
      userVerifyUrl,
      // An agent shows it to whoever sits before it
      signIn: ctx.source === 'mcp',
      expiresAt: expiry,
    });
    const detail = { expires_at: expiry.toISOString(), verification };
    await this.events.record(ctx, 'connected_account.link_created', account, { status: account.status, detail }, em);
    return { link: this.settings.linkUrl(token), expiry };
  }
}

/** From now on the user is to be verified: links from before that would connect without it end here. */
async function askForVerification(
  em: EntityManager,
  { tenantId, id: accountId }: ConnectedAccountEntity,
): Promise<void> {
  await em.update(ConnectedAccountEntity, { tenantId, id: accountId }, { verificationAsked: true });
  await em.delete(ConnectLinkEntity, { tenantId, accountId, userVerifyUrl: IsNull(), completedAt: IsNull() });
}

const verifierMissing = (connection: string): AppError =>
  invalid(
    'user_verify_url',
    `is required: the connection ${connection} asks for user verification, and the tenant has no default_user_verify_url`,
  );

function checkRequest({ state, userVerifyUrl = '' }: LinkRequest): void {
  if (state !== undefined && state.length > 512) throw invalid('state', 'must be at most 512 characters');
  if (userVerifyUrl.length > 2048) throw invalid('user_verify_url', 'must be at most 2048 characters');
}
