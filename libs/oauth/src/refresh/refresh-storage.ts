import { TenantDatabase } from '#app/database';
import type { JsonObject, RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockAccount, renew, type Renewal } from '../accounts/account-store.js';
import { AccountResolver } from '../accounts/account-resolver.js';
import { CredentialSeals } from '../credentials/credential-seals.js';
import type { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { CredentialEntity } from '../entities/credential.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import { UpstreamRevocations, type PreparedRevocation } from '../revocation/upstream-revocations.js';
import type { RefreshLease } from './refresh-lease.js';
import type { Material } from './refresh-material.js';
import type { RefreshGrant } from './refresh-request.js';
import { compareScopes, type ScopeChange } from './compare-scopes.js';
import { END_REFRESHED, LOCK_REFRESH } from './refresh-statements.js';
import type { RefreshSubject } from './refresh-subject.js';

/**
 * - `stored`: it is the credential in use, now or since an earlier try whose acknowledgement was lost
 * - `contested`: somebody else has sent the same refresh token since and has not been answered yet
 * - `superseded`: there is a newer credential; this one is dropped
 * - `given_up`: the account was disconnected or authorized anew meanwhile; the tokens are queued to be revoked upstream
 */
export type StorageVerdict = 'stored' | 'contested' | 'superseded' | 'given_up';

/** An answer, sealed in both of the ways in which it may end, so that no key is needed inside of a transaction. */
export interface SealedAnswer {
  readonly renewal: Renewal;
  readonly scopes: ScopeChange;
  readonly revocation: PreparedRevocation;
}

interface JournalRow {
  readonly fence: string;
  readonly attempt: string | null;
  readonly state: string;
  readonly held: boolean;
}

/** Puts what a provider issued into use: in one transaction with the end of the attempt, or not at all. */
@Injectable()
export class RefreshStorage {
  constructor(
    private readonly database: TenantDatabase,
    private readonly seals: CredentialSeals,
    private readonly upstream: UpstreamRevocations,
    private readonly resolver: AccountResolver,
    private readonly events: LifecycleEvents,
  ) {}

  async seal(
    subject: RefreshSubject,
    { account, app, refreshToken }: Material,
    grant: RefreshGrant,
  ): Promise<SealedAnswer> {
    const scopes = compareScopes(account.grantedScopes, grant.grantedScopes);
    const version = scopes.changed ? subject.version + 1 : subject.version;
    const generation = subject.generation + 1;
    const { issuedAt, expiresAt: tokenExpiresAt, params } = grant;
    // An answer without a refresh token keeps the one that was sent (RFC 6749, section 6)
    const tokens = { accessToken: grant.accessToken, refreshToken: grant.refreshToken ?? refreshToken };
    const bytes = await this.seals.seal({ account, slot: 'active', version, generation }, tokens);
    const of = { app, account, principal: account.principal, params: { ...account.params, ...params } };
    return {
      renewal: { version, generation, bytes, issuedAt, tokenExpiresAt, params, grantedScopes: scopes.now },
      scopes,
      revocation: await this.upstream.prepare(of, tokens),
    };
  }

  /** Safe to repeat, also when the acknowledgement of an earlier commit was lost. */
  async store(
    ctx: RequestContext,
    subject: RefreshSubject,
    lease: RefreshLease,
    answer: SealedAnswer,
  ): Promise<StorageVerdict> {
    const verdict = await this.database.withTenant(subject.tenantId, (em) =>
      this.write(ctx, em, subject, lease, answer),
    );
    this.resolver.invalidate(subject);
    return verdict;
  }

  private async write(
    ctx: RequestContext,
    em: EntityManager,
    subject: RefreshSubject,
    lease: RefreshLease,
    answer: SealedAnswer,
  ): Promise<StorageVerdict> {
    const { tenantId, id } = subject;
    const account = await lockAccount(em, tenantId, id);
    const current = await em.findOneBy(CredentialEntity, { tenantId, accountId: id, slot: 'active' });
    const [journal] = await em.query<JournalRow[]>(LOCK_REFRESH, [tenantId, id]);
    if (isAt(current, answer.renewal) && Number(journal?.attempt) === lease.fence) return 'stored';
    if (account?.status !== 'ACTIVE' || current === null || current.version !== subject.version)
      return this.giveUp(ctx, em, subject, answer, account?.status === 'ACTIVE' ? 'never_used' : 'given_up');
    if (current.generation !== subject.generation) return 'superseded';
    if (journal === undefined || isContested(journal, lease)) return 'contested';
    const { renewal, scopes } = answer;
    await renew(em, account, renewal);
    await em.query(END_REFRESHED, [tenantId, id, renewal.version, renewal.generation, lease.fence]);
    await this.record(ctx, em, account, renewal, scopes);
    return 'stored';
  }

  private async giveUp(
    ctx: RequestContext,
    em: EntityManager,
    subject: RefreshSubject,
    { revocation }: SealedAnswer,
    origin: 'never_used' | 'given_up',
  ): Promise<StorageVerdict> {
    await this.upstream.enqueue(em, revocation, 'revoked_during_refresh', origin);
    const detail = { revoked_upstream: revocation.sealed !== null };
    const details = { reason: 'revoked_during_refresh', detail };
    await this.events.record(ctx, 'connected_account.refresh_discarded', subject, details, em);
    return 'given_up';
  }

  private async record(
    ctx: RequestContext,
    em: EntityManager,
    account: ConnectedAccountEntity,
    { generation }: Renewal,
    { changed, lost, gained }: ScopeChange,
  ): Promise<void> {
    const detail: JsonObject = { generation, ...(changed ? { scopes_lost: lost, scopes_gained: gained } : {}) };
    const details = { status: account.status, principalId: account.principal?.id ?? null, detail };
    await this.events.record(ctx, 'connected_account.refreshed', account, details, em);
  }
}

const isAt = (current: CredentialEntity | null, { version, generation }: Renewal): boolean =>
  current?.version === version && current.generation === generation;

/**
 * Whether a later holder of the lease has sent the token and may still be answered: what is issued last counts. One whose attempt
 * ended without a new credential, or who fell silent in its turn, is no reason to drop an answer that is there.
 */
const isContested = ({ attempt, state, held }: JournalRow, { fence }: RefreshLease): boolean =>
  Number(attempt) !== fence && state === 'sending' && held;
