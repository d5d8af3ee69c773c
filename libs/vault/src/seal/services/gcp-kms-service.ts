import type { GcpKmsConfig } from '#app/config';
import { Secret } from '#app/kernel';
import type { WrapContext } from '../key-provider.js';
import { contextBytes, KeyServiceError, type KeyService } from './key-service.js';
import { RestCall, type ServiceAnswer } from './rest-call.js';

const GOOGLE = 'https://cloudkms.googleapis.com';
export const GCP_KMS_SCOPE = 'https://www.googleapis.com/auth/cloudkms';

/** Gives an access token for Google's KMS. */
export type AccessToken = () => Promise<Secret>;

/** Google Cloud KMS, by its REST API: the official client brings gRPC along, for two calls. */
export class GcpKmsService implements KeyService {
  readonly keyId: string;
  private readonly call: RestCall;

  constructor(
    private readonly config: GcpKmsConfig,
    private readonly accessToken: AccessToken,
  ) {
    this.keyId = `gcp-kms:${config.keyName}`;
    this.call = new RestCall(config.endpoint ?? GOOGLE);
  }

  async encrypt(plaintext: Buffer, context: WrapContext): Promise<Buffer> {
    const answer = await this.ask('encrypt', context, { plaintext: new Secret(plaintext.toString('base64')) });
    this.expectSuccess('encrypt', answer);
    return bytesIn(answer, 'ciphertext');
  }

  async decrypt(ciphertext: Buffer, context: WrapContext): Promise<Buffer | null> {
    const answer = await this.ask('decrypt', context, { ciphertext: ciphertext.toString('base64') });
    if (answer.status === 400) return null;
    this.expectSuccess('decrypt', answer);
    return bytesIn(answer, 'plaintext');
  }

  private async ask(what: string, context: WrapContext, body: object): Promise<ServiceAnswer> {
    const additionalAuthenticatedData = contextBytes(context).toString('base64');
    const authorization = { prefix: 'Bearer ', secret: await this.token() };
    const json = { ...body, additionalAuthenticatedData };
    return this.call.send('POST', `/v1/${this.config.keyName}:${what}`, { authorization }, { json });
  }

  private async token(): Promise<Secret> {
    try {
      return await this.accessToken();
    } catch (cause) {
      throw new KeyServiceError(
        'denied',
        'no access token for Google Cloud KMS: check the application default credentials',
        {
          cause,
        },
      );
    }
  }

  private expectSuccess(what: string, { status }: ServiceAnswer): void {
    if (status >= 200 && status < 300) return;
    if (status >= 400 && status < 500 && status !== 408 && status !== 429)
      throw new KeyServiceError(
        'denied',
        `Google Cloud KMS refuses to ${what} with ${this.config.keyName} (HTTP ${status}): check that the key exists and that the ` +
          'account has the role roles/cloudkms.cryptoKeyEncrypterDecrypter on it',
      );
    throw new KeyServiceError('away', `Google Cloud KMS failed to ${what} (HTTP ${status})`);
  }
}

function bytesIn({ json }: ServiceAnswer, name: string): Buffer {
  const value: unknown = json?.[name];
  if (typeof value === 'string' && /^[A-Za-z0-9+/]+=*$/.test(value)) return Buffer.from(value, 'base64');
  throw new KeyServiceError('away', `Google Cloud KMS answered without a ${name}`);
}
