import type { TenantId } from '#app/kernel';

/** What a wrapped data key is for; bound into it, so that it can't be moved. A KMS takes it as its encryption context. */
export interface WrapContext {
  readonly tenantId: TenantId;
  readonly version: number;
}

/**
 * Holds the master key and wraps the tenants' data keys with it. It is asked only when a data key is made or loaded, never
 * for each call, so it may be a service elsewhere. A new kind of provider is a file beside this one.
 */
export interface KeyProvider {
  /** Names the master key, tells nothing of it, and is stored with every key that it wrapped. */
  readonly keyId: string;
  wrap(dataKey: Buffer, context: WrapContext): Promise<Buffer>;
  /** The data key; the caller wipes it. Null when it was not wrapped by this master key for this context. */
  unwrap(wrapped: Buffer, context: WrapContext): Promise<Buffer | null>;
  /** Where there is a wrapping key for every tenant: deletes this tenant's. Harmless when it is gone already. */
  forgetTenant?(tenantId: TenantId): Promise<void>;
}
