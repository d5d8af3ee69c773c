import type { TenantId } from '#app/kernel';
import { canonical } from './aead.js';

/**
 * What a ciphertext belongs to. It opens only for the same values, so that a row copied to another tenant, connection, account,
 * field or version is worth nothing there.
 */
export interface SealBinding {
  readonly tenantId: TenantId;
  /** Empty where there is none. */
  readonly connectionId: string;
  /** Empty where there is none; the key id for a signing key. */
  readonly accountId: string;
  readonly kind: 'access_token' | 'credential' | 'client_secret' | 'pkce_verifier' | 'signing_key';
  /** Version of the row that holds the ciphertext: a whole number from 0. */
  readonly version: number;
}

/** The associated data of a record: its whole header and what it is bound to. */
export function associatedData(header: Buffer, binding: SealBinding): Buffer {
  const { tenantId, connectionId, accountId, kind, version } = binding;
  if (!Number.isSafeInteger(version) || version < 0)
    throw new RangeError('The version of a sealed value must be a whole number from 0');
  const versionBytes = Buffer.alloc(8);
  versionBytes.writeBigUInt64BE(BigInt(version));
  return canonical([header, tenantId, connectionId, accountId, kind, versionBytes]);
}
