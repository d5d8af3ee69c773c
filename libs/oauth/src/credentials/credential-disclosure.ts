import { ConnectorFailure, ConnectorRegistry } from '#app/connector-kit';
import type { RequestContext } from '#app/kernel';
import { disclosed } from '#app/vault';
import { Injectable } from '@nestjs/common';
import type { AccountForCall, AccountSelector, ConnectedAccount } from '../accounts/connected-account.js';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { noLongerActive } from '../oauth.errors.js';
import { CredentialSeals } from './credential-seals.js';
import { CurrentCredentials } from './current-credentials.js';

/** How long a refresh is waited for. */
const PATIENCE_MS = 10_000;

/** An account, and its access token for a caller who may have it. */
export interface AccountWithCredential {
  readonly account: ConnectedAccount;
  /** Blank unless the caller holds `accounts:read_credentials` and the account is ACTIVE. There is no way to a refresh token. */
  readonly accessToken: string;
}

/**
 * What the published API calls the authorization of an account. It hands the tokens out; here they stay in the vault, unless the
 * API client was given the permission to read them on purpose. Each disclosure is in the audit trail before the token is.
 */
@Injectable()
export class CredentialDisclosure {
  constructor(
    private readonly accounts: ConnectedAccountsService,
    private readonly credentials: CurrentCredentials,
    private readonly seals: CredentialSeals,
    private readonly registry: ConnectorRegistry,
    private readonly events: LifecycleEvents,
  ) {}

  /** Throws `account_not_found`, and for a caller who may have the token what a tool call would: it may have to be renewed. */
  async find(ctx: RequestContext, selector: AccountSelector): Promise<AccountWithCredential> {
    const account = await this.accounts.find(ctx, selector);
    const mayRead = ctx.caller?.permissions.has('accounts:read_credentials') === true;
    if (!mayRead || account.status !== 'ACTIVE') return { account, accessToken: '' };
    return { account, accessToken: await this.accessToken(ctx, account) };
  }

  private async accessToken(ctx: RequestContext, { id, connector: name }: ConnectedAccount): Promise<string> {
    const account = await this.accounts.resolveForCall(ctx, { connectedAccountId: id }, name);
    const connector = this.registry.get(name);
    if (connector === null || account.status !== 'ACTIVE') throw noLongerActive(account.status, account.statusReason);
    const held = await this.credentials
      .usable(ctx, account, connector, this.credentials.now() + PATIENCE_MS)
      .catch((error: unknown) => {
        throw error instanceof ConnectorFailure ? noLongerActive('EXPIRED', error.message) : error;
      });
    const place = { account, slot: 'active' as const, version: account.version, generation: held.generation };
    const token = await this.seals.openAccessToken(ctx, place, held.sealed);
    await this.recorded(ctx, account);
    return disclosed(token);
  }

  private recorded(ctx: RequestContext, account: AccountForCall): Promise<void> {
    const details = { status: account.status, principalId: account.principal?.id ?? null };
    return this.events.record(ctx, 'connected_account.credential_disclosed', account, details);
  }
}
