import { ConnectorFailure, ConnectorRegistry, fetchIdentity } from '#app/connector-kit';
import { AppError, CLOCK, type AccountId, type Clock, type RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { CredentialLease } from '../credentials/credential-lease.js';
import { OAuthSettings } from '../oauth-settings.js';

/** Asks the provider whether it still accepts the credential of an account. */
@Injectable()
export class AccountProbe {
  constructor(
    private readonly accounts: ConnectedAccountsService,
    private readonly lease: CredentialLease,
    private readonly registry: ConnectorRegistry,
    private readonly settings: OAuthSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Gives the account up when the provider refuses it. An outage, or a change in between, says nothing. */
  async isRefused(ctx: RequestContext, id: AccountId, connectorId: string): Promise<boolean> {
    const connector = this.registry.get(connectorId);
    if (connector === null) return false;
    try {
      const account = await this.accounts.resolveForCall(ctx, { connectedAccountId: id }, connectorId);
      const deadline = this.clock.now() + this.settings.exchangeTimeoutMs;
      const http = await this.lease.authorise(ctx, account, deadline);
      try {
        await fetchIdentity(connector, { params: account.params, http, clock: this.clock, deadline });
        return false;
      } catch (error) {
        if (!(error instanceof ConnectorFailure) || !REFUSALS.has(error.code)) throw error;
        const status = error.code === 'auth_expired' ? 'EXPIRED' : 'DISCONNECTED';
        // What the provider refused: by now there may be a newer one
        const refused = { id, version: account.version, generation: http.generation };
        return (await this.accounts.markRevokedByProvider(ctx, refused, 'told_by_provider', status)) !== 'ACTIVE';
      }
    } catch (error) {
      if (error instanceof ConnectorFailure || error instanceof AppError) return false;
      throw error;
    }
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['auth_revoked', 'auth_expired']);
