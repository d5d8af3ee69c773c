import { ConnectorRegistry } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { AppError, type AccountId, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { ConnectedAccount } from '../accounts/connected-account.js';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { unpackCredential } from '../credentials/credential-envelope.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import { noLongerActive, nothingToRefresh, refreshUnavailable } from '../oauth.errors.js';
import { TokenRefresher } from './token-refresher.js';

/** How long whoever asks for a refresh is kept waiting for it. */
const PATIENCE_MS = 30_000;

/** A refresh that somebody asks for, whether it is due or not. */
@Injectable()
export class AccountRefreshService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly accounts: ConnectedAccountsService,
    private readonly registry: ConnectorRegistry,
    private readonly refresher: TokenRefresher,
  ) {}

  /**
   * Returns the account with what came of it. Throws `account_not_active`, also when the provider says now that the authorization
   * is over; `conflict` when there is nothing to refresh; `provider_error` when none can be had at the moment.
   */
  async refresh(ctx: RequestContext, id: AccountId): Promise<ConnectedAccount> {
    const account = await this.accounts.get(ctx, id);
    if (account.status !== 'ACTIVE') throw noLongerActive(account.status, account.statusReason);
    const generation = await this.generationOf(account);
    const { tenantId, connectionId, identifier, version } = account;
    const subject = { tenantId, id, connectionId, identifier, version, generation };
    const outcome = await this.refresher.refreshWithin(PATIENCE_MS, ctx, subject, { refused: false });
    if (outcome.kind === 'expired') throw noLongerActive('EXPIRED', outcome.reason);
    if (outcome.kind === 'keep') throw refreshUnavailable(this.nameOf(account), 'no_answer', PATIENCE_MS);
    if (outcome.kind === 'unavailable')
      throw refreshUnavailable(this.nameOf(account), outcome.why, outcome.retryAfterMs);
    return this.accounts.get(ctx, id);
  }

  private async generationOf({ tenantId, id: accountId, version, connector }: ConnectedAccount): Promise<number> {
    const credential = await this.database.withTenant(tenantId, (em) =>
      em.findOneBy(CredentialEntity, { tenantId, accountId, slot: 'active', version }),
    );
    if (credential === null)
      throw new AppError('conflict', 'The connected account changed at the same moment. Read it and try again.');
    const mayRefresh = this.registry.get(connector)?.auth.refresh != null;
    if (!mayRefresh || unpackCredential(credential.sealed).refreshToken === null) throw nothingToRefresh();
    return credential.generation;
  }

  private nameOf({ connector }: ConnectedAccount): string {
    return this.registry.get(connector)?.name ?? connector;
  }
}
