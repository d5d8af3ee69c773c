import type { CancelSignal, Secret } from '#app/kernel';

/** A header's value. `prefix` and `secret` make `Bearer …`; `username` and `password` make RFC 6749's form of HTTP Basic. */
export type HeaderValue =
  | string
  | Secret
  | { readonly prefix: string; readonly secret: Secret }
  | { readonly username: string; readonly password: Secret };

/** What is sent. A {@link Secret} may stand wherever a string may. */
export type EgressBody =
  | { readonly json: unknown }
  | { readonly form: Readonly<Record<string, string | Secret>> }
  | { readonly text: string | Buffer; readonly contentType: string };

/** Where a request goes: a `URL`, or its parts by the same names. */
export type EgressUrl = Pick<
  URL,
  'origin' | 'protocol' | 'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search'
>;

export interface EgressRequest {
  readonly url: EgressUrl;
  /** GET, POST, PUT, PATCH or DELETE. */
  readonly method: string;
  readonly headers?: Readonly<Record<string, HeaderValue>>;
  readonly body?: EgressBody;
  /**
   * Where this request may go. `intercom.io` means that host and those below it, by https on port 443 only;
   * `host:port` means exactly that, by plain http only when the operator's policy names it too.
   */
  readonly allowedHosts: readonly string[];
  /** For the whole exchange, from the call to the last byte. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal?: CancelSignal;
  /**
   * Asked in the very tick in which the request is written, which may be long after it was handed over: connecting takes its
   * time, and a process can be stopped meanwhile. When it says no, nothing leaves.
   */
  readonly mayLeave?: () => boolean;
  /**
   * The answer of a token endpoint. Such an answer may rightly repeat a credential that was sent (an unrotated refresh token),
   * so the body of a 2xx is handed over as it came; the caller parses it into secrets and keeps nothing else of it.
   */
  readonly answersWithCredentials?: boolean;
}

export interface EgressResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by `, `; without `set-cookie`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
