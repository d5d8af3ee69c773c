import type { AppConfig } from '#app/config';
import type { ConnectionId } from '#app/kernel';

/** The part of the configuration that this library needs. */
export class OAuthSettings {
  constructor(
    /** No slash at its end. */
    readonly publicUrl: string,
    /** How long a connect link, and a flow started from it, may be used. */
    readonly linkTtlMs: number,
    /** Longest time for the code exchange, and again for asking the provider who consented. */
    readonly exchangeTimeoutMs: number,
    /** Largest answer that is read from a provider; a manifest may set a lower limit. */
    readonly maxResponseBytes: number,
    /** Whether browsers may be sent to this machine itself: not in production. */
    readonly loopbackRedirects = false,
  ) {}

  static from(config: AppConfig): OAuthSettings {
    const { oauth, http, tools } = config;
    const { linkTtlMs, exchangeTimeoutMs } = oauth;
    return new OAuthSettings(http.publicUrl, linkTtlMs, exchangeTimeoutMs, tools.maxResponseBytes, !config.production);
  }

  /** The redirect URI to register at the provider. It differs per connection, so that no code can be used at another one. */
  redirectUri(connectionId: ConnectionId): string {
    return `${this.publicUrl}/oauth/callback/${connectionId}`;
  }

  linkUrl(linkToken: string): string {
    return `${this.publicUrl}/connect/${linkToken}`;
  }

  resultUrl(outcome: string): string {
    return `${this.publicUrl}/connect/result/${outcome}`;
  }
}
