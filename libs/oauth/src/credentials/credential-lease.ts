import { ConnectorRegistry, type ProviderHttp } from '#app/connector-kit';
import { SystemDatabase } from '#app/database';
import { EgressClient } from '#app/egress';
import { AppError, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuthorisedHttp, type ProviderTarget } from './authorised-http.js';
import type { AccountForCall } from '../accounts/connected-account.js';
import { CredentialSeals } from './credential-seals.js';
import { credentialMoved } from '../oauth.errors.js';
import { OAuthSettings } from '../oauth-settings.js';
import { providerTarget } from '../connections/provider-apps.js';

const CACHED_CIPHERTEXTS = 10_000;

interface StoredCredential {
  readonly sealed: Buffer;
  readonly generation: number;
}

/**
 * Step 5 of a tool call: lends the account's credential, inside an HTTP client that is bound to the provider. Ciphertext is
 * kept for a while, under the version that it is sealed for; plaintext never, and nobody above this library sees it.
 */
@Injectable()
export class CredentialLease {
  private readonly ciphertexts = new LRUCache<string, StoredCredential>({ max: CACHED_CIPHERTEXTS });
  /** For as long as the resolver remembers an account, its object stays the same. */
  private readonly targets = new WeakMap<AccountForCall, ProviderTarget>();

  constructor(
    private readonly database: SystemDatabase,
    private readonly seals: CredentialSeals,
    private readonly registry: ConnectorRegistry,
    private readonly egress: EgressClient,
    private readonly settings: OAuthSettings,
  ) {}

  /**
   * A client that calls the provider as this account. Call it after admission.
   * Throws `conflict` when the account has moved on since, `not_available` when the credential can't be opened.
   */
  async authorise(ctx: RequestContext, account: AccountForCall): Promise<ProviderHttp> {
    const target = this.target(account);
    const { sealed, generation } = await this.ciphertext(account);
    const place = { account, slot: 'active' as const, version: account.version, generation };
    return new AuthorisedHttp(this.egress, target, await this.seals.openAccessToken(ctx, place, sealed));
  }

  private target(account: AccountForCall): ProviderTarget {
    const known = this.targets.get(account);
    if (known !== undefined) return known;
    const connector = this.registry.get(account.connector);
    if (connector === null) throw new AppError('not_available', `The connector ${account.connector} is not installed.`);
    const target = providerTarget(connector, account.params, account.endpoints, this.settings);
    this.targets.set(account, target);
    return target;
  }

  /** A credential in use is sealed for the account's own version: one of another version is not this call's. */
  private async ciphertext({ tenantId, id, version }: AccountForCall): Promise<StoredCredential> {
    const key = `${tenantId} ${id} ${version}`;
    const known = this.ciphertexts.get(key);
    if (known !== undefined) return known;
    const [row] = await this.database.query<StoredCredential>(ACTIVE_CREDENTIAL, [tenantId, id, version]);
    if (row === undefined) throw credentialMoved();
    this.ciphertexts.set(key, row);
    return row;
  }
}

const ACTIVE_CREDENTIAL = {
  name: 'oauth.active_credential',
  text: `SELECT sealed, generation FROM credentials
         WHERE tenant_id = $1 AND account_id = $2 AND slot = 'active' AND version = $3`,
};
