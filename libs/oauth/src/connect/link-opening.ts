import { TenantDatabase } from '#app/database';
import { redirectProblem } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { lockAccount } from '../accounts/account-store.js';
import { ProviderApps, type ProviderApp } from '../connections/provider-apps.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { OAuthSettings } from '../oauth-settings.js';
import { hashToken, sameHash } from '../opaque-token.js';
import { contextOf, type BrowserVisit, type FoundLink, type OpenedLink } from './connect-flow.js';
import { ConnectFailure, type ConnectFailureCode } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';
import { demandsVerifier } from './verifier.js';

/** What comes before a browser is sent to the provider: may it use this link, and what if its user says no? */
@Injectable()
export class LinkOpening {
  constructor(
    private readonly apps: ProviderApps,
    private readonly times: ConnectTimes,
    private readonly settings: OAuthSettings,
    private readonly database: TenantDatabase,
    private readonly events: LifecycleEvents,
  ) {}

  /** Changes nothing, so that mail scanners and previews may look. Throws {@link ConnectFailure}. */
  async open(visit: BrowserVisit, link: FoundLink): Promise<OpenedLink> {
    const problem = this.problemOf(link, visit);
    if (problem !== null) throw new ConnectFailure(problem);
    const app = await this.apps.find(link.tenantId, link.connectionId);
    if (app?.connection.status !== 'enabled' || !link.tenantActive) throw new ConnectFailure('connection_disabled');
    this.checkVerifier(link, app);
    return { link, app };
  }

  /** The user is not the one whom the link was made for: it ends, with whatever was started from it. */
  async decline(visit: BrowserVisit, { tenantId, accountId, linkHash }: FoundLink): Promise<void> {
    await this.database.withTenant(tenantId, async (em) => {
      const account = await lockAccount(em, tenantId, accountId);
      const { affected } = await em.delete(ConnectLinkEntity, { tenantId, linkHash });
      if (account === null || !affected) throw new ConnectFailure('link_unknown');
      const details = { status: account.status };
      await this.events.record(contextOf(visit, tenantId), 'connected_account.link_declined', account, details, em);
    });
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

  /** The tenant's settings may have changed since the link was made. Asked again when the browser is sent on. */
  private checkVerifier(link: FoundLink, { connection }: ProviderApp): void {
    const { userVerifyUrl, redirectAllowList: allowList } = link;
    if (userVerifyUrl === null) {
      if (demandsVerifier(connection, link)) throw new ConnectFailure('verification_unavailable');
      return;
    }
    if (redirectProblem(userVerifyUrl, { allowList, loopback: this.settings.loopbackRedirects }) !== null)
      throw new ConnectFailure('redirect_not_allowed');
  }
}
