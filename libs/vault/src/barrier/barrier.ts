import { randomBytes, timingSafeEqual } from 'node:crypto';
import { VaultOpenError } from '../vault.errors.js';
import { NONCE_BYTES, decrypt, encrypt } from './aead.js';
import { SALT_BYTES, writeHeader, type Envelope } from './envelope.js';
import type { DataKey } from './data-key.js';
import { associatedData, type SealBinding } from './seal-binding.js';

/**
 * Encrypts one value under a key of its own, derived from the data key and a fresh salt. With salt and nonce a record has 28
 * random bytes, so that the 2^32 messages a GCM key may see with random nonces are no limit for a tenant.
 */
export function sealRecord(key: DataKey, binding: SealBinding, plaintext: Buffer): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const record = key.recordKeys(salt);
  const header = writeHeader({
    keyVersion: key.version,
    keyId: key.id,
    salt,
    nonce,
    commitment: record.commitment,
  });
  const sealed = encrypt(record.key, nonce, associatedData(header, binding), plaintext);
  return Buffer.concat([header, sealed]);
}

/** Decrypts a record. Throws {@link VaultOpenError} when it is not exactly what was sealed with this key for this binding. */
export function openRecord(key: DataKey, binding: SealBinding, envelope: Envelope): Buffer {
  if (!key.id.equals(envelope.keyId)) throw new VaultOpenError('unknown_key');
  // GCM alone lets an attacker make one ciphertext that opens under two keys; the commitment fixes the key
  const record = key.knownRecordKeys(envelope.salt);
  if (!timingSafeEqual(record.commitment, envelope.commitment)) throw new VaultOpenError('not_authentic');
  const associated = associatedData(envelope.header, binding);
  const plaintext = decrypt(record.key, envelope.nonce, associated, envelope.sealed);
  if (plaintext === null) throw new VaultOpenError('not_authentic');
  return plaintext;
}
