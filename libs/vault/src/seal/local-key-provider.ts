import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { NONCE_BYTES, TAG_BYTES, canonical, decrypt, encrypt } from '../barrier/aead.js';
import { DATA_KEY_BYTES } from '../barrier/data-key.js';
import type { KeyProvider, WrapContext } from './key-provider.js';

/** magic 4 | format 1 | nonce 12 | wrapped key 32 | tag 16 */
const HEAD = Buffer.from('GHWK\x01', 'latin1');
const WRAPPED_BYTES = HEAD.length + NONCE_BYTES + DATA_KEY_BYTES + TAG_BYTES;

/** Wraps with a master key that is in this process: from the environment, or from a file in development. */
export class LocalKeyProvider implements KeyProvider {
  readonly keyId: string;
  private readonly wrappingKey: KeyObject;

  /** Takes 32 bytes over and wipes them. */
  constructor(masterKey: Buffer) {
    this.keyId = `local:${derive(masterKey, 'gatehouse/master-key-id').toString('hex', 0, 8)}`;
    this.wrappingKey = createSecretKey(derive(masterKey, 'gatehouse/wrapping-key'));
    masterKey.fill(0);
  }

  wrap(dataKey: Buffer, context: WrapContext): Promise<Buffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const sealed = encrypt(this.wrappingKey, nonce, this.associated(context), dataKey);
    return Promise.resolve(Buffer.concat([HEAD, nonce, sealed]));
  }

  unwrap(wrapped: Buffer, context: WrapContext): Promise<Buffer | null> {
    if (wrapped.length !== WRAPPED_BYTES || !wrapped.subarray(0, HEAD.length).equals(HEAD))
      return Promise.resolve(null);
    const nonce = wrapped.subarray(HEAD.length, HEAD.length + NONCE_BYTES);
    const sealed = wrapped.subarray(HEAD.length + NONCE_BYTES);
    return Promise.resolve(decrypt(this.wrappingKey, nonce, this.associated(context), sealed));
  }

  private associated({ tenantId, version }: WrapContext): Buffer {
    return canonical([HEAD, this.keyId, tenantId, `${version}`]);
  }
}

const derive = (key: Buffer, label: string): Buffer => createHmac('sha256', key).update(label).digest();
