import type { Principal } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { AppError } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccountResolver } from '../accounts/account-resolver.js';
import { activate, isSomebodyElse, lockAccount, parkConsent, type Consent } from '../accounts/account-store.js';
import { shareConnection } from '../connections/connection-store.js';
import { isSameApp } from '../connections/same-app.js';
import { CredentialSeals } from '../credentials/credential-seals.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import type { ConnectionEntity } from '../entities/connection.entity.js';
import { OAuthFlowEntity } from '../entities/oauth-flow.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { hashToken, newOpaqueToken } from '../opaque-token.js';
import { contextOf, type BrowserVisit, type ConnectResult, type SpentFlow } from './connect-flow.js';
import { ConnectFailure } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';
import type { TokenGrant } from './token-exchange.js';

const MAX_ATTEMPTS = 5;

/** What was read of an account before the credential was sealed for its next version. */
interface Plan {
  readonly account: ConnectedAccountEntity;
  readonly slot: 'active' | 'pending';
  readonly version: number;
}

/** End of a flow: writes everything that a consent changes, or nothing of it. */
@Injectable()
export class FlowCompletion {
  constructor(
    private readonly database: TenantDatabase,
    private readonly seals: CredentialSeals,
    private readonly resolver: AccountResolver,
    private readonly events: LifecycleEvents,
    private readonly times: ConnectTimes,
  ) {}

  /**
   * The account, its link and its connection are looked at again under a lock: a disconnect, a deletion or another flow may
   * have come in between, and the credential is sealed (outside of the transaction, since that may need a connection of its
   * own) for one version only. Throws {@link ConnectFailure}.
   */
  async complete(
    visit: BrowserVisit,
    spent: SpentFlow,
    grant: TokenGrant,
    principal: Principal,
  ): Promise<ConnectResult> {
    const { grantedScopes, expiresAt } = grant;
    const consent = {
      principal,
      grantedScopes,
      params: { ...grant.params, ...principal.params },
      tokenExpiresAt: expiresAt,
    };
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const plan = await this.plan(spent);
      const bytes = await this.seals.seal({ ...plan, generation: 0 }, grant);
      const { tenantId } = spent.flow;
      const result = await this.database.withTenant(tenantId, (em) =>
        this.write(em, visit, spent, { plan, bytes, consent }),
      );
      if (result === 'changed_meanwhile') continue;
      this.resolver.invalidate(plan.account);
      return result;
    }
    throw new AppError('not_available', 'The connected account kept changing while it was being connected. Try again.');
  }

  private async plan({ flow: { tenantId, accountId: id, linkHash } }: SpentFlow): Promise<Plan> {
    const [account, link] = await this.database.withTenant(tenantId, async (em) => [
      await em.findOneBy(ConnectedAccountEntity, { tenantId, id }),
      await em.findOneBy(ConnectLinkEntity, { tenantId, linkHash }),
    ]);
    if (account === null || link === null) throw new ConnectFailure('account_gone');
    return { account, slot: link.userVerifyUrl === null ? 'active' : 'pending', version: account.version + 1 };
  }

  private async write(
    em: EntityManager,
    visit: BrowserVisit,
    { flow, app }: SpentFlow,
    { plan, bytes, consent }: { plan: Plan; bytes: Buffer; consent: Consent },
  ): Promise<ConnectResult | 'changed_meanwhile'> {
    const { account, link } = await lockForCompletion(em, flow, app.connection);
    if (account.version + 1 !== plan.version) return 'changed_meanwhile';
    if (isSomebodyElse(account.principal, consent.principal)) throw new ConnectFailure('identity_mismatch');
    await closeLink(em, link, this.times.now());
    const sealed = { version: plan.version, bytes, issuedAt: this.times.now() };
    const ctx = contextOf(visit, flow.tenantId);
    const principalId = consent.principal.id;
    if (link.userVerifyUrl !== null) {
      const requestId = newOpaqueToken();
      await parkConsent(em, account, consent, sealed, {
        hash: hashToken(requestId),
        expiresAt: this.times.verificationExpiry(),
      });
      const details = { status: account.status, principalId };
      await this.events.record(ctx, 'connected_account.verification_pending', account, details, em);
      return { outcome: 'verify', redirectTo: verifyUrl(link.userVerifyUrl, requestId, link.callerState) };
    }
    await activate(em, account, consent, sealed);
    const details = { status: account.status, principalId };
    await this.events.record(ctx, 'connected_account.activated', account, details, em);
    return { outcome: 'connected', provider: app.connector.name, label: consent.principal.label };
  }
}

/** The connection, its account, then the link: the order in which everything else takes these locks. */
async function lockForCompletion(
  em: EntityManager,
  { tenantId, accountId, connectionId, linkHash }: SpentFlow['flow'],
  usedForExchange: ConnectionEntity,
): Promise<{ account: ConnectedAccountEntity; link: ConnectLinkEntity }> {
  const connection = await shareConnection(em, tenantId, connectionId);
  const account = await lockAccount(em, tenantId, accountId);
  const link = await em.findOne(ConnectLinkEntity, {
    where: { tenantId, linkHash },
    lock: { mode: 'pessimistic_write' },
  });
  // A disconnect removes the account's links, so that a consent from before it finds nothing to complete
  if (account === null || link === null || connection === null) throw new ConnectFailure('account_gone');
  if (link.completedAt !== null) throw new ConnectFailure('link_used');
  if (connection.status !== 'enabled') throw new ConnectFailure('connection_disabled');
  if (connection.userVerification === 'required' && link.userVerifyUrl === null)
    throw new ConnectFailure('verification_unavailable');
  refuseOtherApp(connection, usedForExchange);
  return { account, link };
}

/** What an account would be stored with must be from the app that it is stored for: its credential is sent to that one's API. */
function refuseOtherApp(now: ConnectionEntity, used: ConnectionEntity): void {
  if (isSameApp(now, used) && now.secretVersion === used.secretVersion) return;
  throw new ConnectFailure('exchange_failed', 'The connection was changed while the code was exchanged');
}

/** The link has done its work; flows that were started from it in other tabs end with it. */
async function closeLink(
  em: EntityManager,
  { tenantId, linkHash }: ConnectLinkEntity,
  completedAt: Date,
): Promise<void> {
  await em.update(ConnectLinkEntity, { tenantId, linkHash }, { completedAt });
  await em.delete(OAuthFlowEntity, { tenantId, linkHash });
}

function verifyUrl(base: string, authRequestId: string, state: string | null): string {
  const url = new URL(base);
  url.searchParams.set('auth_request_id', authRequestId);
  if (state !== null) url.searchParams.set('state', state);
  return url.href;
}
