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

/** Where signing keys lie, and how what each is bound to follows from its row: `select` names the SQL, over the table as `held`. */
export interface SealedKeyColumn {
  readonly name: string;
  readonly table: string;
  readonly column: string;
  readonly key: Readonly<Record<string, string>>;
  readonly select: { readonly kid: string };
  bindings(row: { readonly kid: string }, tenantId: TenantId): readonly SigningKeyBinding[];
  /** Deletes what is sealed of the tenant `$1`. */
  readonly forget: string;
}

/**
 * What identity needs of the vault. The two are neighbours that do not import each other: the composition root provides the
 * vault under {@link SECRET_KEEPER}.
 */
export interface SecretKeeper {
  sealKey(binding: SigningKeyBinding, key: KeyObject): Promise<Buffer>;
  openKey(binding: SigningKeyBinding, sealed: Buffer): Promise<KeyObject>;
  /** To be called once, at start: where keys are kept, so that they are sealed anew when their data key is rotated. */
  registerColumn(column: SealedKeyColumn): void;
  /** SHA-256 of a secret. */
  digest(secret: Secret): Buffer;
}

/** Injection token for the {@link SecretKeeper}. */
export const SECRET_KEEPER = Symbol('SecretKeeper');
