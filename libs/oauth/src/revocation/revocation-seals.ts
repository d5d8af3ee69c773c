import { newId, type RequestContext, type RevocationId, type Secret } from '#app/kernel';
import { Vault, type SealBinding } from '#app/vault';
import { Injectable } from '@nestjs/common';
import { clientSecret } from '../connections/connection-secrets.js';
import { packCredential, unpackCredential } from '../credentials/credential-envelope.js';
import type { Tokens } from '../credentials/credential-seals.js';
import { VaultIncidents } from '../credentials/vault-incidents.js';
import type { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';

type Place = Pick<UpstreamRevocationEntity, 'tenantId' | 'connectionId' | 'boundTo' | 'version' | 'generation'>;

/** Tokens that were never stored, sealed for a revocation of their own. */
export interface SealedForRevocation {
  readonly id: RevocationId;
  readonly bytes: Buffer;
}

/**
 * Seals and opens the tokens of upstream revocations. Tokens that were in use, or waiting, keep the ciphertext that they have and
 * what it is bound to: so they can be given up in plain SQL, any number of them, also while no key can be had.
 */
@Injectable()
export class RevocationSeals {
  constructor(
    private readonly vault: Vault,
    private readonly incidents: VaultIncidents,
  ) {}

  async seal(
    { tenantId, connectionId }: Pick<Place, 'tenantId' | 'connectionId'>,
    { accessToken, refreshToken }: Tokens,
  ): Promise<SealedForRevocation> {
    const id = newId('revocation');
    const place = { tenantId, connectionId, boundTo: id, version: 1, generation: 0 };
    const bytes = packCredential({
      accessToken: await this.vault.seal(revocationBinding(place, 'access_token'), accessToken),
      refreshToken:
        refreshToken === null ? null : await this.vault.seal(revocationBinding(place, 'credential'), refreshToken),
    });
    return { id, bytes };
  }

  open(ctx: RequestContext, row: UpstreamRevocationEntity, sealed: Buffer): Promise<Tokens> {
    return this.incidents.watch(ctx, subject(row), 'upstream_revocation', async () => {
      const { accessToken, refreshToken } = unpackCredential(sealed);
      return {
        accessToken: await this.vault.open(revocationBinding(row, 'access_token'), accessToken),
        refreshToken:
          refreshToken === null ? null : await this.vault.open(revocationBinding(row, 'credential'), refreshToken),
      };
    });
  }

  openClientSecret(ctx: RequestContext, row: UpstreamRevocationEntity, sealed: Buffer): Promise<Secret> {
    const binding = clientSecret(row.tenantId, row.connectionId, row.secretVersion);
    return this.incidents.watch(ctx, subject(row), 'client_secret', () => this.vault.open(binding, sealed));
  }
}

const subject = ({ accountId: id, connectionId, identifier }: UpstreamRevocationEntity) => ({
  id,
  connectionId,
  identifier,
});

export const revocationBinding = (
  { tenantId, connectionId, boundTo: accountId, version, generation }: Place,
  kind: 'access_token' | 'credential',
): SealBinding => ({ tenantId, connectionId, accountId, kind, version, generation });
