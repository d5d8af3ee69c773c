import { shortHash } from '../oauth/grants.js';

/** One request that reached the sandbox, as a test wants to see it. No credential is in it, only short hashes of them. */
export interface LoggedRequest {
  readonly number: number;
  /** ISO time. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** Lower case names; `authorization` is shortened to a hash, cookies are left out. */
  readonly headers: Readonly<Record<string, string>>;
  body: unknown;
  /** Who the token belongs to; null when it is none of ours. */
  teammate_id: string | null;
  workspace_id: string | null;
  token_hash: string | null;
  /** Id of the fault that was played, if any. */
  fault_id: string | null;
  /** Null until answered, and for good when the connection was cut. */
  status: number | null;
}

const CAPACITY = 10_000;
const SECRET_FIELDS = new Set(['client_secret', 'code', 'state', 'token', 'access_token']);

/** The newest requests, oldest first. */
export class RequestLog {
  private entries: LoggedRequest[] = [];
  private count = 0;

  add(request: { method: string; url: string; headers: Readonly<Record<string, unknown>>; at: number }): LoggedRequest {
    const url = new URL(request.url, 'http://sandbox');
    const token = bearerOf(request.headers.authorization);
    const entry: LoggedRequest = {
      number: (this.count += 1),
      at: new Date(request.at).toISOString(),
      method: request.method,
      path: url.pathname,
      query: [...url.searchParams].map(([name, value]) => [name, String(withoutSecret(name, value))] as const),
      headers: loggedHeaders(request.headers, token),
      body: null,
      teammate_id: null,
      workspace_id: null,
      token_hash: token === null ? null : shortHash(token),
      fault_id: null,
      status: null,
    };
    this.entries.push(entry);
    // Cut rarely, so that a benchmark against the sandbox does not pay for it on every request.
    if (this.entries.length > CAPACITY * 2) this.entries = this.entries.slice(-CAPACITY);
    return entry;
  }

  list(): readonly LoggedRequest[] {
    return this.entries.slice(-CAPACITY);
  }

  clear(): void {
    this.entries = [];
  }
}

/** A body as it may be shown: secrets at its top level are replaced by a short hash. */
export function withoutSecrets(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body ?? null;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withoutSecret(name, value)]));
}

export function bearerOf(header: unknown): string | null {
  const match = typeof header === 'string' ? /^Bearer +(\S+)$/i.exec(header) : null;
  return match?.[1] ?? null;
}

function withoutSecret(name: string, value: unknown): unknown {
  return SECRET_FIELDS.has(name) ? `sha256:${shortHash(String(value))}` : value;
}

function loggedHeaders(headers: Readonly<Record<string, unknown>>, token: string | null): Record<string, string> {
  const shown = Object.entries(headers).filter(([name]) => name !== 'cookie' && name !== 'authorization');
  const authorization = token === null ? 'unreadable' : `Bearer sha256:${shortHash(token)}`;
  return {
    ...Object.fromEntries(shown.map(([name, value]) => [name, String(value)])),
    ...(headers.authorization === undefined ? {} : { authorization }),
  };
}
