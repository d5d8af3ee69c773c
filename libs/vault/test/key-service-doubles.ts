import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong at the service. */
export type Fault = 'down' | 'hang' | 'denied' | 'garbage' | null;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

interface Answered {
  readonly status: number;
  readonly json?: unknown;
}

/** AES-256-GCM under keys that never leave the service, as all of them have inside. */
class Keys {
  private readonly keys = new Map<string, Buffer>();

  make(name: string): void {
    if (!this.keys.has(name)) this.keys.set(name, randomBytes(32));
  }

  remove(name: string): void {
    this.keys.delete(name);
  }

  has(name: string): boolean {
    return this.keys.has(name);
  }

  seal(name: string, plaintext: Buffer, associated: Buffer): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(name) ?? '', nonce);
    cipher.setAAD(associated);
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  open(name: string, sealed: Buffer, associated: Buffer): Buffer | null {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.keys.get(name) ?? '', sealed.subarray(0, 12));
      decipher.setAAD(associated);
      decipher.setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    } catch {
      return null;
    }
  }
}

/** A stand-in of one service's HTTP API on this machine. It holds every request against what the real service asks for. */
export abstract class KeyServiceDouble {
  fault: Fault = null;
  readonly requests: Asked[] = [];
  protected readonly keys = new Keys();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  protected readonly contentType: string = 'application/json';

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    this.requests.push(asked);
    if (this.fault === 'hang') return;
    const { status, json } = this.fault === null ? this.answer(asked) : this.faulty(this.fault);
    const bytes = this.fault === 'garbage' ? '<html>' : JSON.stringify(json ?? {});
    response.writeHead(status, { 'content-type': this.contentType }).end(status === 204 ? '' : bytes);
  }

  protected abstract answer(asked: Asked): Answered;
  protected abstract denied(): Answered;

  private faulty(fault: 'down' | 'denied' | 'garbage'): Answered {
    if (fault === 'down') return { status: 503, json: {} };
    return fault === 'denied' ? this.denied() : { status: 200 };
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const base64 = (value: unknown): Buffer => Buffer.from(textOf(value), 'base64');

/** The pairs of an encryption context in a fixed order. */
const canonicalContext = (context: unknown): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context ?? {}).toSorted(([one], [other]) => one.localeCompare(other))));

/** HashiCorp Vault's transit engine: https://developer.hashicorp.com/vault/api-docs/secret/transit */
export class TransitDouble extends KeyServiceDouble {
  private readonly deletable = new Set<string>();

  constructor(
    private readonly token: string,
    private readonly namespace: string | null = null,
    /** A release that takes associated data for an unknown field. */
    private readonly ignoresAssociatedData = false,
  ) {
    super();
    this.keys.make('gatehouse');
    this.keys.make('other');
  }

  hasKey(name: string): boolean {
    return this.keys.has(name);
  }

  protected answer({ method, path, headers, body }: Asked): Answered {
    if (headers['x-vault-token'] !== this.token || headers['x-vault-namespace'] !== (this.namespace ?? undefined))
      return this.denied();
    const [, action = '', name = '', sub] =
      /^\/v1\/transit\/(encrypt|decrypt|keys)\/([\w-]+)(\/config)?$/.exec(path) ?? [];
    if (action === 'keys') return this.manage(method, name, sub !== undefined, body);
    if (method !== 'POST' || action === '') return { status: 404, json: { errors: [] } };
    if (!this.keys.has(name)) return { status: 400, json: { errors: ['encryption key not found'] } };
    const associated = this.ignoresAssociatedData ? Buffer.alloc(0) : base64(body['associated_data']);
    return action === 'encrypt' ? this.encrypt(name, body, associated) : this.decrypt(name, body, associated);
  }

  protected denied(): Answered {
    return { status: 403, json: { errors: ['1 error occurred: permission denied'] } };
  }

  private encrypt(name: string, body: Asked['body'], associated: Buffer): Answered {
    const sealed = this.keys.seal(name, base64(body['plaintext']), associated);
    return { status: 200, json: { data: { ciphertext: `vault:v1:${sealed.toString('base64')}`, key_version: 1 } } };
  }

  private decrypt(name: string, body: Asked['body'], associated: Buffer): Answered {
    const text = /^vault:v1:(.+)$/.exec(textOf(body['ciphertext']))?.[1];
    const opened = text === undefined ? null : this.keys.open(name, base64(text), associated);
    if (opened === null) return { status: 400, json: { errors: ['cipher: message authentication failed'] } };
    return { status: 200, json: { data: { plaintext: opened.toString('base64') } } };
  }

  private manage(method: string, name: string, config: boolean, body: Asked['body']): Answered {
    if (config) {
      if (!this.keys.has(name))
        return { status: 400, json: { errors: [`no existing key named ${name} could be found`] } };
      if (body['deletion_allowed'] === true) this.deletable.add(name);
      return { status: 200, json: { data: {} } };
    }
    if (method === 'DELETE') {
      if (!this.deletable.has(name)) return { status: 400, json: { errors: ['deletion is not allowed for this key'] } };
      this.keys.remove(name);
      return { status: 204 };
    }
    this.keys.make(name);
    return { status: 200, json: { data: {} } };
  }
}

/** AWS KMS: JSON 1.1, https://docs.aws.amazon.com/kms/latest/APIReference/ */
export class AwsKmsDouble extends KeyServiceDouble {
  protected override readonly contentType = 'application/x-amz-json-1.1';

  constructor() {
    super();
    this.keys.make('alias/gatehouse');
    this.keys.make('alias/other');
  }

  protected answer({ method, path, headers, body }: Asked): Answered {
    const signed =
      /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-central-1\/kms\/aws4_request, SignedHeaders=.*x-amz-target.*, Signature=[0-9a-f]{64}$/;
    if (method !== 'POST' || path !== '/' || !signed.test(headers.authorization ?? ''))
      return { status: 400, json: { __type: 'IncompleteSignatureException' } };
    const key = textOf(body['KeyId']);
    if (!this.keys.has(key)) return { status: 400, json: { __type: 'NotFoundException' } };
    const context = canonicalContext(body['EncryptionContext']);
    const target = headers['x-amz-target'];
    if (target === 'TrentService.Encrypt') {
      const sealed = this.keys.seal(key, base64(body['Plaintext']), context);
      return { status: 200, json: { CiphertextBlob: sealed.toString('base64'), KeyId: key } };
    }
    if (target !== 'TrentService.Decrypt') return { status: 400, json: { __type: 'UnknownOperationException' } };
    const opened = this.keys.open(key, base64(body['CiphertextBlob']), context);
    if (opened === null) return { status: 400, json: { __type: this.whyNot(body, context) } };
    return { status: 200, json: { Plaintext: opened.toString('base64'), KeyId: key } };
  }

  /** It says so when another of its keys would open it. */
  private whyNot(body: Asked['body'], context: Buffer): string {
    const opens = (key: string): boolean => this.keys.open(key, base64(body['CiphertextBlob']), context) !== null;
    return ['alias/gatehouse', 'alias/other'].some(opens) ? 'IncorrectKeyException' : 'InvalidCiphertextException';
  }

  protected denied(): Answered {
    return {
      status: 400,
      json: { __type: 'AccessDeniedException', message: 'not authorized to perform: kms:Decrypt' },
    };
  }
}

/** Google Cloud KMS: https://cloud.google.com/kms/docs/reference/rest */
export class GcpKmsDouble extends KeyServiceDouble {
  constructor(private readonly token: string) {
    super();
    this.keys.make('gatehouse');
    this.keys.make('other');
  }

  protected answer({ method, path, headers, body }: Asked): Answered {
    if (headers.authorization !== `Bearer ${this.token}`)
      return { status: 401, json: { error: { status: 'UNAUTHENTICATED' } } };
    const parts = /^\/v1\/projects\/p\/locations\/l\/keyRings\/r\/cryptoKeys\/(\w+):(encrypt|decrypt)$/.exec(path);
    const [, key = '', action] = parts ?? [];
    if (method !== 'POST' || !this.keys.has(key)) return { status: 404, json: { error: { status: 'NOT_FOUND' } } };
    const associated = base64(body['additionalAuthenticatedData']);
    if (action === 'encrypt') {
      const sealed = this.keys.seal(key, base64(body['plaintext']), associated);
      return { status: 200, json: { name: key, ciphertext: sealed.toString('base64') } };
    }
    const opened = this.keys.open(key, base64(body['ciphertext']), associated);
    if (opened === null) return { status: 400, json: { error: { status: 'INVALID_ARGUMENT' } } };
    return { status: 200, json: { plaintext: opened.toString('base64') } };
  }

  protected denied(): Answered {
    return { status: 403, json: { error: { status: 'PERMISSION_DENIED' } } };
  }
}
