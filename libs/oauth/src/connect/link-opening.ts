import { Injectable } from '@nestjs/common';
import { ProviderApps } from '../connections/provider-apps.js';
import { hashToken, sameHash } from '../opaque-token.js';
import type { BrowserVisit, FoundLink, OpenedLink } from './connect-flow.js';
import { ConnectFailure, type ConnectFailureCode } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';

/** First half of `GET /connect/{link}`: may this browser use this link? Changes nothing. */
@Injectable()
export class LinkOpening {
  constructor(
    private readonly apps: ProviderApps,
    private readonly times: ConnectTimes,
  ) {}

  /** Throws {@link ConnectFailure}. */
  async open(visit: BrowserVisit, link: FoundLink): Promise<OpenedLink> {
    const problem = this.problemOf(link, visit);
    if (problem !== null) throw new ConnectFailure(problem);
    const app = await this.apps.find(link.tenantId, link.connectionId);
    if (app?.connection.status !== 'enabled') throw new ConnectFailure('connection_disabled');
    return { link, app };
  }

  private problemOf(
    { completedAt, expiresAt, claimedBy }: FoundLink,
    { browser }: BrowserVisit,
  ): ConnectFailureCode | null {
    if (completedAt !== null) return 'link_used';
    if (this.times.isPast(expiresAt)) return 'link_expired';
    if (claimedBy === null) return null;
    const sameBrowser = browser !== null && sameHash(claimedBy, hashToken(browser));
    return sameBrowser ? null : 'link_other_browser';
  }
}
