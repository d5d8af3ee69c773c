import { createHash, timingSafeEqual } from 'node:crypto';
import type { TenantId } from '#app/kernel';
import { DATA_KEY_BYTES } from '../../barrier/data-key.js';
import type { KeyProvider, WrapContext } from '../key-provider.js';
import { contextBytes, KeyServiceError, type KeyService } from './key-service.js';

/**
 * Wraps with a key service. What is encrypted is the data key and the digest of its context: a service that ignored the context
 * (an old release that knows no associated data) would else let a wrapped key be moved to another tenant.
 */
export class ServiceKeyProvider implements KeyProvider {
  constructor(private readonly service: KeyService) {}

  get keyId(): string {
    return this.service.keyId;
  }

  async wrap(dataKey: Buffer, context: WrapContext): Promise<Buffer> {
    const plaintext = Buffer.concat([dataKey, digest(context)]);
    try {
      return await this.service.encrypt(plaintext, context);
    } finally {
      plaintext.fill(0);
    }
  }

  async unwrap(wrapped: Buffer, context: WrapContext): Promise<Buffer | null> {
    const plaintext = await this.service.decrypt(wrapped, context);
    if (plaintext === null) return null;
    try {
      return dataKeyOf(plaintext, context);
    } finally {
      plaintext.fill(0);
    }
  }

  async forgetTenant(tenantId: TenantId): Promise<void> {
    await this.service.deleteKeyOf?.(tenantId);
  }
}

function dataKeyOf(plaintext: Buffer, context: WrapContext): Buffer | null {
  const expected = digest(context);
  if (plaintext.length !== DATA_KEY_BYTES + expected.length)
    throw new KeyServiceError('away', 'the key service answered with something that is no data key of Gatehouse');
  if (!timingSafeEqual(plaintext.subarray(DATA_KEY_BYTES), expected)) return null;
  return Buffer.from(plaintext.subarray(0, DATA_KEY_BYTES));
}

const digest = (context: WrapContext): Buffer => createHash('sha256').update(contextBytes(context)).digest();
