import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** AES-256-GCM. Returns the ciphertext with its tag at the end. */
export function encrypt(key: KeyObject, nonce: Buffer, associated: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Null when the tag does not fit: wrong key, other associated data, or a changed byte. Nothing of the plaintext comes out. */
export function decrypt(key: KeyObject, nonce: Buffer, associated: Buffer, sealed: Buffer): Buffer | null {
  const body = sealed.subarray(0, -TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plaintext = decipher.update(body);
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return null;
  }
}

/** Joins parts so that no two different lists give the same bytes: each part behind its length (32 bits, big-endian). */
export function canonical(parts: readonly (string | Buffer)[]): Buffer {
  const size = parts.reduce((sum, part) => sum + 4 + Buffer.byteLength(part), 0);
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    const length = typeof part === 'string' ? joined.write(part, at + 4) : part.copy(joined, at + 4);
    at = joined.writeUInt32BE(length, at) + length;
  }
  return joined;
}
