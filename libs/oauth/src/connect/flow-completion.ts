import type { Principal } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { AppError } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccountResolver } from '../accounts/account-resolver.js';
import { activate, isSomebodyElse, parkConsent, type Consent } from '../accounts/account-store.js';
import { CredentialSeals } from '../credentials/credential-seals.js';
import { ConnectLinkEntity } from '../entities/connect-link.entity.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { contextOf, type BrowserVisit, type ConnectResult, type SpentFlow } from './connect-flow.js';
import { ConnectFailure } from './connect-failure.js';
import { LinkCompletion } from './link-completion.js';
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
    private readonly links: LinkCompletion,
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
    const locked = await this.links.lock(em, flow, app.connection);
    const { account, link, tenant } = locked;
    if (account.version + 1 !== plan.version) return 'changed_meanwhile';
    if (isSomebodyElse(account.principal, consent.principal)) throw new ConnectFailure('identity_mismatch');
    const issuedAt = await this.links.close(em, locked);
    const sealed = { version: plan.version, bytes, issuedAt };
    const ctx = contextOf(visit, flow.tenantId);
    const principalId = consent.principal.id;
    const scopes = scopesToTell(app, consent);
    if (link.userVerifyUrl !== null) {
      const verification = this.links.askForVerification(link.userVerifyUrl, link.callerState, tenant);
      await parkConsent(em, account, consent, sealed, verification);
      const details = { status: account.status, principalId, ...scopes };
      await this.events.record(ctx, 'connected_account.verification_pending', account, details, em);
      return { outcome: 'verify', redirectTo: verification.redirectTo };
    }
    await activate(em, account, consent, sealed);
    const details = { status: account.status, principalId, ...scopes };
    await this.events.record(ctx, 'connected_account.activated', account, details, em);
    const { identifier } = account;
    const { tenantName } = tenant;
    return {
      outcome: 'connected',
      provider: app.connector.name,
      label: consent.principal.label,
      identifier,
      tenantName,
    };
  }
}

/** RFC 6749, section 5.1: a user may grant less than was asked for. The tools that need the rest are refused from then on. */
function scopesToTell(
  { connector, scopes }: SpentFlow['app'],
  { grantedScopes }: Consent,
): { detail?: { granted_scopes: string[]; missing_scopes: string[] } } {
  if (connector.auth.authorize.scopeParam === null) return {};
  const missing = scopes.filter((scope) => !grantedScopes.includes(scope));
  return { detail: { granted_scopes: [...grantedScopes], missing_scopes: missing } };
}
