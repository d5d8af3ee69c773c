import { redirectProblem } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockAccount } from '../accounts/account-store.js';
import { WaitingConsents } from '../accounts/waiting-consents.js';
import { shareConnection } from '../connections/connection-store.js';
import { isSameApp } from '../connections/same-app.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import { OAuthFlowEntity } from '../entities/oauth-flow.entity.js';
import { OAuthSettings } from '../oauth-settings.js';
import { hashToken, newOpaqueToken } from '../opaque-token.js';
import { readTenantSettings, type TenantSettings } from '../tenant-settings.js';
import type { SpentFlow } from './connect-flow.js';
import { ConnectFailure } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';
import { demandsVerifier } from './verifier.js';

/** What a consent is completed with, as it is in the transaction that completes it. */
export interface Locked {
  readonly account: ConnectedAccountEntity;
  readonly link: ConnectLinkEntity;
  readonly tenant: TenantSettings;
}

/** A consent that will wait for the tenant's word, and where the browser goes to get it. */
export interface AskedVerification {
  readonly hash: Buffer;
  readonly expiresAt: Date;
  readonly redirectTo: string;
}

/** The link at the end of a flow: looked at once more under a lock, then closed. */
@Injectable()
export class LinkCompletion {
  constructor(
    private readonly times: ConnectTimes,
    private readonly settings: OAuthSettings,
    private readonly waiting: WaitingConsents,
  ) {}

  /**
   * The connection, its account, then the link: the order in which everything else takes these locks. Throws
   * {@link ConnectFailure} when one of them has changed so that the consent may not be used.
   */
  async lock(em: EntityManager, flow: SpentFlow['flow'], usedForExchange: ConnectionEntity): Promise<Locked> {
    const { tenantId, accountId, connectionId, linkHash } = flow;
    const connection = await shareConnection(em, tenantId, connectionId);
    const account = await lockAccount(em, tenantId, accountId);
    const link = await em.findOne(ConnectLinkEntity, {
      where: { tenantId, linkHash },
      lock: { mode: 'pessimistic_write' },
    });
    // A disconnect removes the account's links, so that a consent from before it finds nothing to complete
    if (account === null || link === null || connection === null) throw new ConnectFailure('account_gone');
    if (link.completedAt !== null) throw new ConnectFailure('link_used');
    const tenant = await readTenantSettings(em, tenantId);
    if (connection.status !== 'enabled' || !tenant.tenantActive) throw new ConnectFailure('connection_disabled');
    if (link.userVerifyUrl === null && demandsVerifier(connection, tenant))
      throw new ConnectFailure('verification_unavailable');
    refuseOtherApp(connection, usedForExchange);
    return { account, link, tenant };
  }

  /**
   * The link has done its work; flows that were started from it in other tabs end with it, and so does an earlier consent that
   * still waits for the tenant's word. Returns the moment.
   */
  async close(em: EntityManager, { account, link: { tenantId, linkHash } }: Locked): Promise<Date> {
    const completedAt = this.times.now();
    await this.waiting.replace(em, account);
    await em.update(ConnectLinkEntity, { tenantId, linkHash }, { completedAt });
    await em.delete(OAuthFlowEntity, { tenantId, linkHash });
    return completedAt;
  }

  /** Asks the list once more, since this is the moment in which the browser is sent. Throws {@link ConnectFailure}. */
  askForVerification(
    userVerifyUrl: string,
    callerState: string | null,
    { redirectAllowList: allowList }: TenantSettings,
  ): AskedVerification {
    if (redirectProblem(userVerifyUrl, { allowList, loopback: this.settings.loopbackRedirects }) !== null)
      throw new ConnectFailure('redirect_not_allowed');
    const requestId = newOpaqueToken();
    const url = new URL(userVerifyUrl);
    url.searchParams.set('auth_request_id', requestId);
    if (callerState !== null) url.searchParams.set('state', callerState);
    return { hash: hashToken(requestId), expiresAt: this.times.verificationExpiry(), redirectTo: url.href };
  }
}

/** What an account would be stored with must be from the app that it is stored for: its credential is sent to that one's API. */
function refuseOtherApp(now: ConnectionEntity, used: ConnectionEntity): void {
  if (isSameApp(now, used) && now.secretVersion === used.secretVersion) return;
  throw new ConnectFailure('exchange_failed', 'The connection was changed while the code was exchanged');
}
