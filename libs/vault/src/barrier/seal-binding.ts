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
  readonly kind: 'access_token' | 'credential' | 'client_secret' | 'pkce_verifier' | 'signing_key' | 'webhook_secret';
  /** Version of the row that holds the ciphertext: a whole number from 0. */
  readonly version: number;
  /** How often the value was renewed under that version: a whole number from 0, which is also right where nothing is renewed. */
  readonly generation: number;
}

/**
 * The associated data of a record: its whole header and what it is bound to. Generation 0 adds nothing, so that records from
 * before there were generations open; the parts carry their lengths, so that the absence can't be taken for another generation.
 */
export function associatedData(header: Buffer, binding: SealBinding): Buffer {
  const { tenantId, connectionId, accountId, kind, version, generation } = binding;
  const parts = [header, tenantId, connectionId, accountId, kind, wholeNumber('version', version)];
  if (generation !== 0) parts.push(wholeNumber('generation', generation));
  return canonical(parts);
}

function wholeNumber(name: 'version' | 'generation', value: number): Buffer {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`The ${name} of a sealed value must be a whole number from 0`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
