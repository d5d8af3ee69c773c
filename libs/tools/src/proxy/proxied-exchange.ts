import type { ProviderResponse } from '#app/connector-kit';

/** A request of the caller's own, as it is to reach the provider. */
export interface ProxiedRequest {
  readonly method: string;
  /** Begins with `/`, percent-encoded, without query. Relative to the provider's base URL. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly contentType: string; readonly bytes: Buffer } | null;
}

/** A request on its way through the pipeline, and the provider's answer to it, which is for the caller alone. */
export class ProxiedExchange {
  private received: { readonly answer: ProviderResponse; readonly failed: boolean } | null = null;

  constructor(
    readonly request: ProxiedRequest,
    /** Id of the connector; null for a connection that does not exist. */
    readonly connector: string | null,
  ) {}

  /** Keeps the answer. `failed` when it is one that ends the call as a failure; it is handed over all the same. */
  receive(answer: ProviderResponse, failed: boolean): void {
    this.received = { answer, failed };
  }

  /** What the provider answered; null when there was no answer. */
  get answer(): ProviderResponse | null {
    return this.received?.answer ?? null;
  }

  /** The answer that the pipeline ended with an error for; null when it was another error. */
  get refusal(): ProviderResponse | null {
    return this.received?.failed === true ? this.received.answer : null;
  }
}
