import { ConnectorFailure, fetchIdentity } from '#app/connector-kit';
import { EgressClient } from '#app/egress';
import { CLOCK, type Clock } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { providerTarget } from '../connections/provider-apps.js';
import { AuthorisedHttp } from '../credentials/authorised-http.js';
import { OAuthSettings } from '../oauth-settings.js';
import type { AccessTokenEvidence } from './decide-refresh.js';
import type { Material } from './refresh-material.js';

/** Asks the provider whether the old access token still works, where a refresh may have ended it. */
@Injectable()
export class AccessTokenProbe {
  constructor(
    private readonly egress: EgressClient,
    private readonly settings: OAuthSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async ask({ account, app, accessToken }: Material): Promise<NonNullable<AccessTokenEvidence['probe']>> {
    const { connector, connection } = app;
    const params = { ...connection.params, ...account.params };
    const http = new AuthorisedHttp(
      this.egress,
      providerTarget(connector, params, connection.endpoints, this.settings),
      accessToken,
    );
    const deadline = this.clock.now() + this.settings.exchangeTimeoutMs;
    try {
      await fetchIdentity(connector, { params, http, clock: this.clock, deadline });
      return 'accepted';
    } catch (error) {
      if (!(error instanceof ConnectorFailure)) throw error;
      return error.code === 'auth_expired' || error.code === 'auth_revoked' ? 'refused' : 'no_answer';
    }
  }
}
