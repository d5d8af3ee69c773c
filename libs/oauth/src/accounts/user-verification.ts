import { TenantDatabase } from '#app/database';
import { AppError, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ConnectTimes } from '../connect/connect-times.js';
import { CredentialSeals } from '../credentials/credential-seals.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import { VerificationRequestEntity } from '../entities/verification-request.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { verificationMismatch, verificationNotFound, verificationOvertaken } from '../oauth.errors.js';
import { hashToken } from '../opaque-token.js';
import { AccountResolver } from './account-resolver.js';
import { activate, isSomebodyElse, lockAccount } from './account-store.js';
import { WaitingConsents } from './waiting-consents.js';

export interface Verification {
  /** `auth_request_id` as the browser brought it to the tenant's verify URL. */
  readonly authRequestId: string;
  /** Who is signed in there, by the tenant's own session: never taken from the browser. */
  readonly identifier: string;
  /** The organization that the user works in there; absent for an account without one. */
  readonly organizationId?: string | undefined;
}

/** A waiting consent, and its credential sealed anew for the slot `active`. */
interface Waiting {
  readonly request: VerificationRequestEntity;
  readonly account: ConnectedAccountEntity;
  readonly bytes: Buffer;
  readonly issuedAt: Date;
}

type Problem = 'expired' | 'identifier_mismatch' | 'organization_mismatch' | 'identity_mismatch';
type Verdict = 'activated' | 'changed_meanwhile' | 'unknown' | Problem;

const MAX_ATTEMPTS = 5;

/** The tenant's server vouches for the user who consented; only then does the waiting credential come into use. */
@Injectable()
export class UserVerification {
  constructor(
    private readonly database: TenantDatabase,
    private readonly seals: CredentialSeals,
    private readonly resolver: AccountResolver,
    private readonly events: LifecycleEvents,
    private readonly times: ConnectTimes,
    private readonly waiting: WaitingConsents,
  ) {}

  /**
   * Throws `permission_denied` when another user than the link's, or one of another organization, is signed in: what was granted is destroyed then.
   * Throws `not_found` for a request that is unknown, used or expired.
   */
  async verify(ctx: RequestContext, verification: Verification): Promise<ConnectedAccountEntity> {
    const hash = hashToken(verification.authRequestId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const waiting = await this.prepare(ctx, hash);
      if (waiting === null) throw verificationNotFound();
      const verdict = await this.database.withTenant(ctx.tenantId, (em) => this.decide(ctx, em, waiting, verification));
      this.resolver.invalidate(waiting.account);
      if (verdict === 'activated') return waiting.account;
      if (verdict !== 'changed_meanwhile') throw refusal(verdict);
    }
    throw new AppError('not_available', 'The connected account kept changing while it was being verified. Try again.');
  }

  /** Outside of the transaction, since the vault may need a connection of its own. */
  private async prepare(ctx: RequestContext, requestHash: Buffer): Promise<Waiting | null> {
    const { tenantId } = ctx;
    const found = await this.database.withTenant(tenantId, async (em) => {
      const request = await em.findOneBy(VerificationRequestEntity, { tenantId, requestHash });
      if (request === null) return null;
      const { accountId } = request;
      const account = await em.findOneByOrFail(ConnectedAccountEntity, { tenantId, id: accountId });
      const pending = await em.findOneBy(CredentialEntity, { tenantId, accountId, slot: 'pending' });
      return pending?.version === request.credentialVersion ? { request, account, pending } : null;
    });
    if (found === null) return null;
    const { request, account, pending } = found;
    const waits = { account, slot: 'pending', version: pending.version, generation: 0 } as const;
    const tokens = await this.seals.open(ctx, waits, pending.sealed);
    const place = { account, slot: 'active', version: account.version + 1, generation: 0 } as const;
    const bytes = await this.seals.seal(place, tokens);
    return { request, account, bytes, issuedAt: pending.issuedAt };
  }

  private async decide(
    ctx: RequestContext,
    em: EntityManager,
    waiting: Waiting,
    verification: Verification,
  ): Promise<Verdict> {
    const { tenantId } = ctx;
    const { request, bytes, issuedAt } = waiting;
    const account = await lockAccount(em, tenantId, waiting.account.id);
    const stillThere = await em.existsBy(VerificationRequestEntity, { tenantId, requestHash: request.requestHash });
    if (account === null || !stillThere) return 'unknown';
    if (account.version !== waiting.account.version) return 'changed_meanwhile';
    const problem = this.problemOf(account, request, verification);
    if (problem !== null) {
      await this.destroy(ctx, em, account, problem);
      return problem;
    }
    await activate(em, account, request, { version: account.version + 1, bytes, issuedAt });
    const details = { status: account.status, principalId: request.principal.id, detail: { verified: true } };
    await this.events.record(ctx, 'connected_account.activated', account, details, em);
    Object.assign(waiting.account, account);
    return 'activated';
  }

  private problemOf(
    account: ConnectedAccountEntity,
    { expiresAt, principal }: VerificationRequestEntity,
    { identifier, organizationId = '' }: Verification,
  ): Problem | null {
    if (this.times.isPast(expiresAt)) return 'expired';
    if (account.identifier !== identifier) return 'identifier_mismatch';
    // The same identifier in another organization is another user
    if (account.organizationId !== organizationId) return 'organization_mismatch';
    return isSomebodyElse(account.principal, principal) ? 'identity_mismatch' : null;
  }

  private async destroy(
    ctx: RequestContext,
    em: EntityManager,
    account: ConnectedAccountEntity,
    reason: string,
  ): Promise<void> {
    await this.waiting.refuse(em, account, reason);
    const { status } = account;
    await this.events.record(ctx, 'connected_account.verification_refused', account, { reason, status }, em);
  }
}

function refusal(verdict: Exclude<Verdict, 'activated' | 'changed_meanwhile'>): AppError {
  if (verdict === 'identifier_mismatch' || verdict === 'organization_mismatch') return verificationMismatch();
  if (verdict === 'identity_mismatch') return verificationOvertaken();
  return verificationNotFound();
}
