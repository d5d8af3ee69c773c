import { readFile } from 'node:fs/promises';
import type { VaultTransitConfig } from '#app/config';
import type { HeaderValue } from '#app/egress';
import { Secret, type TenantId } from '#app/kernel';
import type { WrapContext } from '../key-provider.js';
import { contextBytes, KeyServiceError, type KeyService } from './key-service.js';
import { RestCall, type ServiceAnswer } from './rest-call.js';

/** The transit engine of HashiCorp Vault or OpenBao, by its HTTP API. */
export class TransitService implements KeyService {
  readonly keyId: string;
  private readonly call: RestCall;
  /** Tenants whose own key is known to be there. */
  private readonly made = new Set<TenantId>();

  constructor(private readonly config: VaultTransitConfig) {
    const { address, mount, keyName, namespace, perTenant } = config;
    const place = `${new URL(address).host}/${namespace === null ? '' : `${namespace}/`}${mount}/${keyName}`;
    this.keyId = `vault-transit:${place}${perTenant ? '/per-tenant' : ''}`;
    this.call = new RestCall(address);
  }

  async encrypt(plaintext: Buffer, context: WrapContext): Promise<Buffer> {
    if (this.config.perTenant) await this.makeKeyOf(context.tenantId);
    const answer = await this.post(`encrypt/${this.keyFor(context)}`, {
      plaintext: new Secret(plaintext.toString('base64')),
      associated_data: contextBytes(context).toString('base64'),
    });
    this.expectSuccess('encrypt', answer);
    return Buffer.from(textIn(answer, 'ciphertext', /^vault:v\d+:/));
  }

  async decrypt(ciphertext: Buffer, context: WrapContext): Promise<Buffer | null> {
    const answer = await this.post(`decrypt/${this.keyFor(context)}`, {
      ciphertext: ciphertext.toString('latin1'),
      associated_data: contextBytes(context).toString('base64'),
    });
    // What does not belong to the key, and a key of a tenant that was deleted, is a bad request to transit
    if (answer.status === 400) return null;
    this.expectSuccess('decrypt', answer);
    return Buffer.from(textIn(answer, 'plaintext', /^[A-Za-z0-9+/]+=*$/), 'base64');
  }

  async deleteKeyOf(tenantId: TenantId): Promise<void> {
    if (!this.config.perTenant) return;
    this.made.delete(tenantId);
    const path = `keys/${this.nameOf(tenantId)}`;
    const allowed = await this.post(`${path}/config`, { deletion_allowed: true });
    if (isGone(allowed)) return;
    this.expectSuccess('configure', allowed);
    const deleted = await this.send('DELETE', path);
    if (!isGone(deleted)) this.expectSuccess('delete', deleted);
  }

  private async makeKeyOf(tenantId: TenantId): Promise<void> {
    if (this.made.has(tenantId)) return;
    // Making a key that is there changes nothing
    this.expectSuccess('create', await this.post(`keys/${this.nameOf(tenantId)}`, { type: 'aes256-gcm96' }));
    this.made.add(tenantId);
  }

  private keyFor({ tenantId }: WrapContext): string {
    return this.config.perTenant ? this.nameOf(tenantId) : this.config.keyName;
  }

  private nameOf(tenantId: TenantId): string {
    return `${this.config.keyName}-${encodeURIComponent(tenantId)}`;
  }

  private post(path: string, json: object): Promise<ServiceAnswer> {
    return this.send('POST', path, json);
  }

  private async send(method: string, path: string, json?: object): Promise<ServiceAnswer> {
    const { namespace, mount } = this.config;
    const headers: Record<string, HeaderValue> = {
      'x-vault-request': 'true',
      'x-vault-token': await this.token(),
      ...(namespace === null ? {} : { 'x-vault-namespace': namespace }),
    };
    return this.call.send(method, `/v1/${mount}/${path}`, headers, json === undefined ? undefined : { json });
  }

  private async token(): Promise<Secret> {
    const { token, tokenFile } = this.config;
    if (tokenFile === null) return token ?? new Secret('');
    try {
      return new Secret((await readFile(tokenFile, 'utf8')).trim());
    } catch (cause) {
      throw new KeyServiceError('denied', `the token file ${tokenFile} of the transit service can't be read`, {
        cause,
      });
    }
  }

  private expectSuccess(what: string, { status, json }: ServiceAnswer): void {
    if (status >= 200 && status < 300) return;
    const { mount, keyName } = this.config;
    if (status === 403 || status === 404 || status === 400)
      throw new KeyServiceError(
        'denied',
        `the transit service refuses to ${what} with ${mount}/${keyName} (HTTP ${status}): check that the key exists and that the ` +
          `policy of the token allows it${errorsOf(json)}`,
      );
    throw new KeyServiceError('away', `the transit service failed to ${what} (HTTP ${status})${errorsOf(json)}`);
  }
}

const isGone = ({ status, json }: ServiceAnswer): boolean =>
  status === 404 || (status === 400 && /not found|no existing key|could not delete key/i.test(errorsOf(json)));

/** The service's own words, which name keys and policies and hold no secret. */
function errorsOf(json: ServiceAnswer['json']): string {
  const errors: unknown = json?.['errors'];
  return Array.isArray(errors) && errors.length > 0 ? `: ${errors.map(String).join('; ').slice(0, 300)}` : '';
}

function textIn({ json }: ServiceAnswer, name: string, shape: RegExp): string {
  const data: unknown = json?.['data'];
  const value: unknown =
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
  if (typeof value === 'string' && shape.test(value)) return value;
  throw new KeyServiceError('away', `the transit service answered without a ${name}`);
}
