import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { SigningKey } from '#app/identity';
import type { ExternalSigningKey } from 'oidc-provider';
import type { OidcLibrary } from './oidc-library.js';

/**
 * Signs for the OAuth library with the key that the vault opened. The library gets its public half only: the private one stays in
 * OpenSSL's memory.
 */
export function vaultSigningKey(library: OidcLibrary, { kid, privateKey }: SigningKey): ExternalSigningKey {
  class VaultSigningKey extends library.ExternalSigningKey {
    override get kid(): string {
      return kid;
    }

    override get alg(): string {
      return 'RS256';
    }

    override keyObject(): KeyObject {
      return createPublicKey(privateKey);
    }

    override sign(data: Uint8Array): Uint8Array {
      return sign('sha256', data, privateKey);
    }
  }
  return new VaultSigningKey();
}
