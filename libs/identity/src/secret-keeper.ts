import type { KeyObject } from 'node:crypto';
import type { Secret, TenantId } from '#app/kernel';

/** Where a sealed signing key belongs; it opens nowhere else. */
export interface SigningKeyBinding {
  readonly tenantId: TenantId;
  readonly connectionId: '';
  /** The key's `kid`. */
  readonly accountId: string;
  readonly kind: 'signing_key';
  readonly version: number;
  readonly generation: 0;
}

/**
 * What identity needs of the vault. The two are neighbours that do not import each other: the composition root provides the
 * vault under {@link SECRET_KEEPER}.
 */
export interface SecretKeeper {
  sealKey(binding: SigningKeyBinding, key: KeyObject): Promise<Buffer>;
  openKey(binding: SigningKeyBinding, sealed: Buffer): Promise<KeyObject>;
  /** SHA-256 of a secret. */
  digest(secret: Secret): Buffer;
}

/** Injection token for the {@link SecretKeeper}. */
export const SECRET_KEEPER = Symbol('SecretKeeper');
