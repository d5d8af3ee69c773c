import { ConnectorRegistry, type Connector } from '#app/connector-kit';
import { EgressClient } from '#app/egress';
import { AppError, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { AccountForCall } from '../accounts/connected-account.js';
import { providerTarget } from '../connections/provider-apps.js';
import { OAuthSettings } from '../oauth-settings.js';
import { AuthorisedHttp, type ProviderTarget } from './authorised-http.js';
import { CredentialSeals } from './credential-seals.js';
import { CurrentCredentials } from './current-credentials.js';
import { RenewableHttp, type LeasedHttp } from './renewable-http.js';
import type { StoredCredential } from './stored-credential.js';

/** How long a call without a deadline of its own waits for a refresh. */
const PATIENCE_MS = 30_000;

/**
 * Step 5 of a tool call: lends the account's credential, inside an HTTP client that is bound to the provider. Plaintext is never
 * kept, and nobody above this library sees it.
 */
@Injectable()
export class CredentialLease {
  /** For as long as the resolver remembers an account, its object stays the same. */
  private readonly targets = new WeakMap<
    AccountForCall,
    { readonly of: StoredCredential; readonly target: ProviderTarget }
  >();

  constructor(
    private readonly credentials: CurrentCredentials,
    private readonly seals: CredentialSeals,
    private readonly registry: ConnectorRegistry,
    private readonly egress: EgressClient,
    private readonly settings: OAuthSettings,
  ) {}

  /**
   * A client that calls the provider as this account. Call it after admission. One that is due for a refresh is refreshed behind
   * the call, and one that is past its time before it: then the account is looked at again, since that may take long.
   *
   * Throws `conflict` when the account has moved on since, `not_available` when the credential can't be opened, `provider_error`
   * when it can't be renewed, `ConnectorFailure('auth_expired')` when the provider says that the authorization is over.
   *
   * @param deadline milliseconds since the epoch; a refresh is not waited for any longer
   */
  async authorise(ctx: RequestContext, account: AccountForCall, deadline?: number): Promise<LeasedHttp> {
    const connector = this.connector(account);
    const until = deadline ?? this.credentials.now() + PATIENCE_MS;
    let held = await this.credentials.usable(ctx, account, connector, until);
    const http = await this.client(ctx, account, connector, held);
    if (!held.renewable) return http;
    const clientOf = (next: StoredCredential | null): Promise<LeasedHttp> | null => {
      if (next === null) return null;
      held = next;
      return this.client(ctx, account, connector, next);
    };
    return new RenewableHttp(http, {
      replaced: async () => clientOf(await this.credentials.replacementOf(account, connector, held)),
      refreshed: async () => clientOf(await this.credentials.refreshed(ctx, account, connector, held, until)),
    });
  }

  private async client(
    ctx: RequestContext,
    account: AccountForCall,
    connector: Connector,
    credential: StoredCredential,
  ): Promise<LeasedHttp> {
    const { sealed, generation } = credential;
    const place = { account, slot: 'active' as const, version: account.version, generation };
    const target = this.target(account, connector, credential);
    const http = new AuthorisedHttp(this.egress, target, await this.seals.openAccessToken(ctx, place, sealed));
    return Object.assign(http, { generation });
  }

  private connector({ connector: id }: AccountForCall): Connector {
    const connector = this.registry.get(id);
    if (connector === null) throw new AppError('not_available', `The connector ${id} is not installed.`);
    return connector;
  }

  private target(account: AccountForCall, connector: Connector, credential: StoredCredential): ProviderTarget {
    const known = this.targets.get(account);
    if (known?.of === credential) return known.target;
    const params = { ...account.params, ...credential.params };
    const target = providerTarget(connector, params, account.endpoints, this.settings);
    this.targets.set(account, { of: credential, target });
    return target;
  }
}
