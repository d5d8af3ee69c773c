import { ConnectorFailure, fetchIdentity, type Principal } from '#app/connector-kit';
import { EgressClient } from '#app/egress';
import { CLOCK, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { AuthorisedHttp } from '../credentials/authorised-http.js';
import { ConnectFailure } from './connect-failure.js';
import { OAuthSettings } from '../oauth-settings.js';
import { providerTarget, type ProviderApp } from '../connections/provider-apps.js';
import type { TokenGrant } from './token-exchange.js';

/** Asks the provider who has just consented. */
@Injectable()
export class IdentityCheck {
  constructor(
    private readonly egress: EgressClient,
    private readonly settings: OAuthSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws {@link ConnectFailure}. */
  async whoConsented({ connector, connection }: ProviderApp, grant: TokenGrant): Promise<Principal> {
    const params = { ...connection.params, ...grant.params };
    const target = providerTarget(connector, params, connection.endpoints, this.settings);
    const http = new AuthorisedHttp(this.egress, target, grant.accessToken);
    const deadline = this.clock.now() + this.settings.exchangeTimeoutMs;
    try {
      return await fetchIdentity(connector, { params, http, clock: this.clock, deadline });
    } catch (error) {
      if (!(error instanceof ConnectorFailure)) throw error;
      const code = error.code === 'timeout' ? 'identity_timeout' : 'identity_failed';
      throw new ConnectFailure(code, `${error.code} ${error.upstreamStatus ?? ''}`.trim(), { cause: error });
    }
  }
}
