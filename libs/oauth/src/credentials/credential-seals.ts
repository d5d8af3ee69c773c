import type { RequestContext, Secret } from '#app/kernel';
import { Vault, type SealBinding } from '#app/vault';
import { Injectable } from '@nestjs/common';
import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { packCredential, unpackCredential } from './credential-envelope.js';
import { VaultIncidents } from './vault-incidents.js';

/** Where a ciphertext belongs: it opens for this account, slot, version and generation only. */
export interface CredentialPlace {
  readonly account: Pick<ConnectedAccountEntity, 'tenantId' | 'id' | 'connectionId' | 'identifier'>;
  readonly slot: 'active' | 'pending';
  readonly version: number;
  /** How often the credential was refreshed since the user authorized it. */
  readonly generation: number;
}

/** What the provider issued. */
export interface Tokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | null;
}

/** Seals and opens the credentials of accounts. */
@Injectable()
export class CredentialSeals {
  constructor(
    private readonly vault: Vault,
    private readonly incidents: VaultIncidents,
  ) {}

  async seal(place: CredentialPlace, { accessToken, refreshToken }: Tokens): Promise<Buffer> {
    return packCredential({
      accessToken: await this.vault.seal(credentialBinding(place, 'access_token'), accessToken),
      refreshToken:
        refreshToken === null ? null : await this.vault.seal(credentialBinding(place, 'credential'), refreshToken),
    });
  }

  openAccessToken(ctx: RequestContext, place: CredentialPlace, sealed: Buffer): Promise<Secret> {
    return this.incidents.watch(ctx, place.account, `credential.${place.slot}`, async () =>
      this.vault.open(credentialBinding(place, 'access_token'), unpackCredential(sealed).accessToken),
    );
  }

  open(ctx: RequestContext, place: CredentialPlace, sealed: Buffer): Promise<Tokens> {
    return this.incidents.watch(ctx, place.account, `credential.${place.slot}`, async () => {
      const { accessToken, refreshToken } = unpackCredential(sealed);
      return {
        accessToken: await this.vault.open(credentialBinding(place, 'access_token'), accessToken),
        refreshToken:
          refreshToken === null ? null : await this.vault.open(credentialBinding(place, 'credential'), refreshToken),
      };
    });
  }
}

type BoundPlace = Omit<CredentialPlace, 'account'> & {
  readonly account: Pick<ConnectedAccountEntity, 'tenantId' | 'id' | 'connectionId'>;
};

/** The slot is part of the binding, so that a credential nobody has vouched for can't be put into use by an update in SQL. */
export const credentialBinding = (
  { account, slot, version, generation }: BoundPlace,
  kind: 'access_token' | 'credential',
): SealBinding => ({
  tenantId: account.tenantId,
  connectionId: account.connectionId,
  accountId: slot === 'active' ? account.id : `${account.id}#pending`,
  kind,
  version,
  generation,
});
