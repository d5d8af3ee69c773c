import type { Secret } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { ConnectionSecrets } from '../connections/connection-secrets.js';
import { ProviderApps, type ProviderApp } from '../connections/provider-apps.js';
import { hashToken, sameHash } from '../opaque-token.js';
import { contextOf, type BrowserVisit, type CallbackMark, type FoundFlow, type SpentFlow } from './connect-flow.js';
import { ConnectFailure } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';

/** Does a callback belong to the flow that its state led to? Asked before the code is sent anywhere. */
@Injectable()
export class FlowCheck {
  constructor(
    private readonly apps: ProviderApps,
    private readonly secrets: ConnectionSecrets,
    private readonly times: ConnectTimes,
  ) {}

  /** Throws {@link ConnectFailure}. */
  async check(visit: BrowserVisit, flow: FoundFlow, { connectionId, issuer }: CallbackMark): Promise<SpentFlow> {
    const { browser } = visit;
    if (browser === null || !sameHash(flow.browserHash, hashToken(browser)))
      throw new ConnectFailure('state_other_browser');
    if (flow.connectionId !== connectionId) throw new ConnectFailure('state_other_connection');
    if (this.times.isPast(flow.expiresAt)) throw new ConnectFailure('state_expired');
    const app = await this.apps.find(flow.tenantId, flow.connectionId);
    if (app?.connection.status !== 'enabled' || !flow.tenantActive) throw new ConnectFailure('connection_disabled');
    if (!isAnswerOf(app, issuer)) throw new ConnectFailure('issuer_mismatch');
    const asked = { ...app, scopes: flow.askedScopes ?? app.scopes };
    return { flow, app: asked, verifier: await this.verifierOf(visit, flow) };
  }

  private async verifierOf(visit: BrowserVisit, flow: FoundFlow): Promise<Secret | null> {
    const { verifierSealed, tenantId } = flow;
    return verifierSealed === null ? null : this.secrets.openVerifier(contextOf(visit, tenantId), flow, verifierSealed);
  }
}

/**
 * RFC 9207: an answer that says who it comes from must come from the server that was asked, else a code of one provider would
 * be sent to another (mix-up). Letter for letter where the manifest names the issuer, and then a server that always says who it
 * is may not leave it out. Where nobody has named it: an issuer and its authorize endpoint share an origin.
 */
function isAnswerOf({ connector, issuer: expected, authorizeUrl }: ProviderApp, issuer: string | null): boolean {
  if (issuer === null) return !connector.auth.authorize.answersWithIssuer;
  if (expected !== null) return issuer === expected;
  return URL.canParse(issuer) && new URL(issuer).origin === authorizeUrl.origin;
}
