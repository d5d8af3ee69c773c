import type { CancelSignal } from '#app/kernel';
/** One request to a provider, without its origin and without the credential: whoever sends it adds both. */
export interface ProviderRequest {
  readonly method: string;
  /** Begins with `/`, percent-encoded, without query. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** Those of the manifest; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: { readonly contentType: string; readonly text: string | Buffer };
  /** May sending it twice do something twice? */
  readonly write: boolean;
}

export interface ProviderResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type TransportErrorKind = 'refused' | 'timeout' | 'aborted' | 'network' | 'too_large' | 'truncated' | 'redirect';

/** There is no answer to a request, or none that was read to its end. */
export class ProviderTransportError extends Error {
  constructor(
    readonly kind: TransportErrorKind,
    /** May the provider have received the whole request? */
    readonly sent: boolean,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProviderTransportError';
  }
}

/** A way to one provider as one user. Redirects are not followed. */
export interface ProviderHttp {
  /**
   * The text without the credential that requests are made with. Answers come redacted, but only as bytes: decoding JSON or HTML
   * and dropping invisible characters can put a credential together again, so the engine passes every text through this after
   * decoding and before cutting.
   */
  redact(text: string): string;

  /**
   * Exchanges a credential that the provider calls expired for a new one, with which further requests are made. Absent where
   * that is never possible. May be asked for again when that one is refused too: it can have been replaced meanwhile.
   *
   * @returns whether there is another credential than the one that was refused; whatever it throws passes through the engine
   */
  renew?(): Promise<boolean>;

  /**
   * @throws ProviderTransportError when there is no whole answer; any other error (the account was revoked meanwhile) passes
   *   through the engine untouched
   */
  send(request: ProviderRequest, options: { timeoutMs: number; signal?: CancelSignal }): Promise<ProviderResponse>;
}
