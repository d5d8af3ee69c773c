import { AppError, type TenantId } from '#app/kernel';
import { canonical } from '../../barrier/aead.js';
import type { WrapContext } from '../key-provider.js';

/** No call of a key service may take longer; a key that is loaded keeps working meanwhile. */
export const SERVICE_TIMEOUT_MS = 3_000;

/** A service elsewhere that encrypts and decrypts with a key that it never gives out. */
export interface KeyService {
  /** Names the master key, and tells nothing of it. */
  readonly keyId: string;
  encrypt(plaintext: Buffer, context: WrapContext): Promise<Buffer>;
  /** Null when it was not encrypted with this key for this context. */
  decrypt(ciphertext: Buffer, context: WrapContext): Promise<Buffer | null>;
  /** Where the service has a key for every tenant: deletes this one. Harmless when it is gone already. */
  deleteKeyOf?(tenantId: TenantId): Promise<void>;
}

/**
 * - `away`: no answer, or none that makes sense. Asking again later may do.
 * - `denied`: the service refuses us or does not have the key. Somebody has to mend that.
 */
export type KeyServiceFailure = 'away' | 'denied';

/** A key service did not do what was asked. Callers are told to try again; `operatorMessage` says what is wrong. */
export class KeyServiceError extends AppError {
  constructor(
    readonly failure: KeyServiceFailure,
    readonly operatorMessage: string,
    options: { cause?: unknown } = {},
  ) {
    super('not_available', "The key service of this installation can't be used at the moment. Try again later.", {
      internal: `vault.key_service_${failure}: ${operatorMessage}`,
      ...options,
    });
    this.name = 'KeyServiceError';
  }
}

/** What a wrapped data key is bound to, as bytes: the associated data of services that take some. */
export const contextBytes = ({ tenantId, version }: WrapContext): Buffer =>
  canonical(['gatehouse/data-key', tenantId, `${version}`]);
