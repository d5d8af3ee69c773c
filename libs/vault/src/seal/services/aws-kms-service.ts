import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { AwsKmsConfig } from '#app/config';
import type { WrapContext } from '../key-provider.js';
import { KeyServiceError, SERVICE_TIMEOUT_MS, type KeyService } from './key-service.js';

/** It was not encrypted with this key, or not for this context. */
const NOT_OURS = ['InvalidCiphertextException', 'IncorrectKeyException'];
/** What waiting does not mend. */
const DENIED = [
  'AccessDeniedException',
  'CredentialsProviderError',
  'DisabledException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidArnException',
  'InvalidClientTokenId',
  'InvalidKeyUsageException',
  'InvalidSignatureException',
  'KMSInvalidStateException',
  'NotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
];

/** AWS KMS, by its official client, which finds the credentials where every AWS program does. */
export class AwsKmsService implements KeyService {
  readonly keyId: string;
  private readonly client: KMSClient;

  constructor(private readonly config: AwsKmsConfig) {
    this.keyId = `aws-kms:${config.region}/${config.keyId}`;
    this.client = new KMSClient({
      region: config.region,
      ...(config.endpoint === null ? {} : { endpoint: config.endpoint }),
      maxAttempts: 2,
      requestHandler: { connectionTimeout: SERVICE_TIMEOUT_MS, requestTimeout: SERVICE_TIMEOUT_MS },
    });
  }

  async encrypt(plaintext: Buffer, context: WrapContext): Promise<Buffer> {
    const command = new EncryptCommand({ ...this.place(context), Plaintext: plaintext });
    const { CiphertextBlob: bytes } = await this.asked('encrypt', (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return answered(bytes, 'ciphertext');
  }

  async decrypt(ciphertext: Buffer, context: WrapContext): Promise<Buffer | null> {
    const command = new DecryptCommand({ ...this.place(context), CiphertextBlob: ciphertext });
    try {
      const { Plaintext: bytes } = await this.asked('decrypt', (abortSignal) =>
        this.client.send(command, { abortSignal }),
      );
      return answered(bytes, 'plaintext');
    } catch (error) {
      if (error instanceof KeyServiceError && NOT_OURS.includes(nameOf(error.cause))) return null;
      throw error;
    }
  }

  private place({ tenantId, version }: WrapContext) {
    return {
      KeyId: this.config.keyId,
      EncryptionContext: { 'gatehouse:tenant': tenantId, 'gatehouse:version': `${version}` },
    };
  }

  /** All attempts together within the time: the client would wait as long for each. */
  private async asked<T>(what: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await ask(AbortSignal.timeout(SERVICE_TIMEOUT_MS));
    } catch (cause) {
      const name = nameOf(cause);
      if (DENIED.includes(name))
        throw new KeyServiceError(
          'denied',
          `AWS KMS refuses to ${what} with ${this.keyId} (${name}): check that the key exists and is enabled, and that the ` +
            'credentials allow kms:Encrypt and kms:Decrypt on it',
          { cause },
        );
      throw new KeyServiceError('away', `AWS KMS failed to ${what} (${name})`, { cause });
    }
  }
}

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'unknown error';

function answered(bytes: Uint8Array | undefined, what: string): Buffer {
  if (bytes !== undefined && bytes.length > 0) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw new KeyServiceError('away', `AWS KMS answered without a ${what}`);
}
