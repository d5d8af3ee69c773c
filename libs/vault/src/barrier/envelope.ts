import { VaultOpenError } from '../vault.errors.js';
import { NONCE_BYTES, TAG_BYTES } from './aead.js';
import { COMMITMENT_BYTES, KEY_ID_BYTES } from './data-key.js';

/**
 * Layout of a sealed record, format 1:
 *
 *     magic 4 | format 1 | key version 4 | key id 8 | salt 16 | nonce 12 | commitment 16 | ciphertext | tag 16
 *
 * Everything before the ciphertext is the header; all of it is associated data.
 */
const MAGIC = Buffer.from('GHSR');
const FORMAT = 1;
export const SALT_BYTES = 16;

/** Where a record names the version of its data key: at the same place in every format, so that SQL finds it too. */
export const KEY_VERSION_FROM = MAGIC.length + 1;
export const KEY_VERSION_BYTES = 4;
const KEY_ID_AT = KEY_VERSION_FROM + KEY_VERSION_BYTES;
const SALT_AT = KEY_ID_AT + KEY_ID_BYTES;
const NONCE_AT = SALT_AT + SALT_BYTES;
const COMMITMENT_AT = NONCE_AT + NONCE_BYTES;
const HEADER_BYTES = COMMITMENT_AT + COMMITMENT_BYTES;

export interface Header {
  readonly keyVersion: number;
  readonly keyId: Buffer;
  readonly salt: Buffer;
  readonly nonce: Buffer;
  readonly commitment: Buffer;
}

export interface Envelope extends Header {
  readonly header: Buffer;
  /** Ciphertext and tag. */
  readonly sealed: Buffer;
}

export function writeHeader({ keyVersion, keyId, salt, nonce, commitment }: Header): Buffer {
  const fixed = Buffer.alloc(KEY_ID_AT);
  MAGIC.copy(fixed);
  fixed.writeUInt8(FORMAT, MAGIC.length);
  fixed.writeUInt32BE(keyVersion, KEY_VERSION_FROM);
  return Buffer.concat([fixed, keyId, salt, nonce, commitment]);
}

/** Takes a record apart. Throws {@link VaultOpenError} for what this release can't read; it never passes as plaintext. */
export function readEnvelope(record: Buffer): Envelope {
  if (record.length < HEADER_BYTES + TAG_BYTES || !record.subarray(0, MAGIC.length).equals(MAGIC))
    throw new VaultOpenError('malformed');
  if (record[MAGIC.length] !== FORMAT) throw new VaultOpenError('unknown_format');
  return {
    header: record.subarray(0, HEADER_BYTES),
    keyVersion: record.readUInt32BE(KEY_VERSION_FROM),
    keyId: record.subarray(KEY_ID_AT, SALT_AT),
    salt: record.subarray(SALT_AT, NONCE_AT),
    nonce: record.subarray(NONCE_AT, COMMITMENT_AT),
    commitment: record.subarray(COMMITMENT_AT, HEADER_BYTES),
    sealed: record.subarray(HEADER_BYTES),
  };
}
