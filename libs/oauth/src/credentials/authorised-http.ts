import {
  ProviderTransportError,
  requestUrl,
  type ProviderHttp,
  type ProviderRequest,
  type ProviderResponse,
} from '#app/connector-kit';
import { EgressError, redactorOf, type EgressClient, type EgressRequest, type HeaderValue } from '#app/egress';
import type { CancelSignal, Secret } from '#app/kernel';

/** Where an authorised client may go, and how it shows its credential there. */
export interface ProviderTarget {
  readonly baseUrl: URL;
  readonly allowedHosts: readonly string[];
  /** Header name in lower case, and what stands before the credential. */
  readonly inject: { readonly header: string; readonly prefix: string };
  readonly maxResponseBytes: number;
}

/**
 * An HTTP client that is bound to one account of one provider: it reaches only paths below the provider's base URL, and puts
 * the credential into each request after the final URL is known. The credential does not come out of it again: not in the bytes
 * of an answer, and not in a text read from one that has been through `redact`.
 */
export class AuthorisedHttp implements ProviderHttp {
  readonly redact: (text: string) => string;

  constructor(
    private readonly egress: EgressClient,
    private readonly target: ProviderTarget,
    private readonly credential: Secret,
  ) {
    this.redact = redactorOf([credential]);
  }

  async send(
    request: ProviderRequest,
    options: { timeoutMs: number; signal?: CancelSignal },
  ): Promise<ProviderResponse> {
    try {
      return await this.egress.send(this.toEgress(request, options));
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      throw new ProviderTransportError(error.kind, error.sent, error.message, { cause: error });
    }
  }

  private toEgress(request: ProviderRequest, options: { timeoutMs: number; signal?: CancelSignal }): EgressRequest {
    const { baseUrl, inject, allowedHosts, maxResponseBytes } = this.target;
    const credential: HeaderValue = { prefix: inject.prefix, secret: this.credential };
    return {
      url: requestUrl(baseUrl, request),
      method: request.method,
      headers: { ...request.headers, [inject.header]: credential },
      ...(request.body === undefined ? {} : { body: request.body }),
      allowedHosts,
      maxResponseBytes,
      ...options,
    };
  }
}
