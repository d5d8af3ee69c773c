import { EgressClient, EgressError, type EgressBody, type EgressRequest } from '#app/egress';
import { KeyServiceError, SERVICE_TIMEOUT_MS } from './key-service.js';

export interface ServiceAnswer {
  readonly status: number;
  /** Null for a body that is no JSON object. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

/** Requests to the one server of a key service, through the door that every request leaves by. */
export class RestCall {
  private readonly egress: EgressClient;

  /** `origin` may be an address of the operator's own network: it is the one place that this client may go to. */
  constructor(private readonly origin: string) {
    this.egress = new EgressClient({ allow: [hostOf(origin)] });
  }

  /** Throws {@link KeyServiceError} `away` when there is no answer in time. */
  async send(
    method: string,
    path: string,
    headers: EgressRequest['headers'] = {},
    body?: EgressBody,
  ): Promise<ServiceAnswer> {
    try {
      const { status, body: bytes } = await this.egress.send({
        url: new URL(path, this.origin),
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        allowedHosts: [hostOf(this.origin)],
        timeoutMs: SERVICE_TIMEOUT_MS,
        maxResponseBytes: 64 * 1024,
      });
      const json = parse(bytes);
      bytes.fill(0);
      return { status, json };
    } catch (cause) {
      if (!(cause instanceof EgressError)) throw cause;
      throw new KeyServiceError('away', `no answer from ${this.origin} (${cause.kind})`, { cause });
    }
  }
}

function hostOf(origin: string): string {
  const { hostname, port, protocol } = new URL(origin);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

function parse(bytes: Buffer): ServiceAnswer['json'] {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
