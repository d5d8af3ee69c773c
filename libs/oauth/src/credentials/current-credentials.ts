import { ConnectorFailure, type Connector } from '#app/connector-kit';
import { SystemDatabase } from '#app/database';
import { CLOCK, type Clock, type RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AccountForCall } from '../accounts/connected-account.js';
import { credentialMoved, refreshUnavailable } from '../oauth.errors.js';
import type { RefreshOutcome, RefreshSubject } from '../refresh/refresh-subject.js';
import { TokenRefresher } from '../refresh/token-refresher.js';
import { StoredCredential, type CredentialRow } from './stored-credential.js';

const CACHED_CIPHERTEXTS = 10_000;
/** Less than the vault keeps a data key for after nothing in the database is sealed with it any more. */
const CACHED_FOR_MS = 10 * 60_000;
/** Looks at an account whose credential keeps changing. */
const MAX_LOOKS = 3;
/** How long a refresh in the background is left alone when nothing came of it. */
const LOOK_AGAIN_MS = 5000;

/**
 * The ciphertexts of the credentials in use, kept for a while under the account's version. Another node may have refreshed one
 * meanwhile: an old generation is found out when it is due, or when the provider refuses it, and replaced by what the row says.
 */
@Injectable()
export class CurrentCredentials {
  private readonly ciphertexts = new LRUCache<string, StoredCredential>({
    max: CACHED_CIPHERTEXTS,
    ttl: CACHED_FOR_MS,
  });

  constructor(
    private readonly database: SystemDatabase,
    private readonly refresher: TokenRefresher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  now(): number {
    return this.clock.now();
  }

  /** One that the provider accepts, as far as is known here. Waits for a refresh only when there is none without. */
  async usable(
    ctx: RequestContext,
    account: AccountForCall,
    connector: Connector,
    deadline: number,
  ): Promise<StoredCredential> {
    const known = this.ciphertexts.get(keyOf(account)) ?? (await this.load(account, connector));
    const now = this.now();
    if (now < known.checkAt) return known;
    if (now >= known.uselessAt) return this.renewed(ctx, account, connector, known, deadline);
    void this.renewBehind(ctx, account, known);
    return known;
  }

  /** The one in use, when it is another one than the one that the provider refused; else null. */
  async replacementOf(
    account: AccountForCall,
    connector: Connector,
    refused: StoredCredential,
  ): Promise<StoredCredential | null> {
    const now = await this.load(account, connector);
    return now.generation === refused.generation ? null : now;
  }

  /** What a refresh makes of the one that the provider refused; null when nothing comes of it. */
  async refreshed(
    ctx: RequestContext,
    account: AccountForCall,
    connector: Connector,
    refused: StoredCredential,
    deadline: number,
  ): Promise<StoredCredential | null> {
    const evidence = { refused: true };
    const left = Math.max(0, deadline - this.now());
    const outcome = await this.refresher.refreshWithin(left, ctx, subjectOf(account, refused), evidence);
    if (outcome.kind === 'unavailable') throw refreshUnavailable(connector.name, outcome.why, outcome.retryAfterMs);
    return outcome.kind === 'moved' ? this.replacementOf(account, connector, refused) : null;
  }

  private async renewed(
    ctx: RequestContext,
    account: AccountForCall,
    connector: Connector,
    old: StoredCredential,
    deadline: number,
  ): Promise<StoredCredential> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      const left = Math.max(0, deadline - this.now());
      const outcome = await this.refresher.refreshWithin(left, ctx, subjectOf(account, old), { refused: false });
      if (outcome.kind === 'keep') return old;
      if (outcome.kind === 'unavailable') throw refreshUnavailable(connector.name, outcome.why, outcome.retryAfterMs);
      if (outcome.kind === 'expired') throw authorizationOver(connector, outcome);
      const next = await this.load(account, connector);
      if (next.generation !== old.generation) return next;
    }
    throw credentialMoved();
  }

  /** The call that found it due goes on with what it has, whatever comes of this. */
  private async renewBehind(ctx: RequestContext, account: AccountForCall, old: StoredCredential): Promise<void> {
    old.checkAt = Infinity;
    const outcome = await this.refresher
      .refresh(ctx, subjectOf(account, old), { refused: false })
      // Whoever needs a new one will hear of a database or a vault that does not answer
      .catch(() => null);
    if (outcome?.kind === 'moved') this.forget(account, old);
    const pauseMs = outcome?.kind === 'unavailable' ? outcome.retryAfterMs : 0;
    old.checkAt = Math.min(this.now() + Math.max(pauseMs, LOOK_AGAIN_MS), old.uselessAt);
  }

  private forget(account: AccountForCall, old: StoredCredential): void {
    if (this.ciphertexts.peek(keyOf(account)) === old) this.ciphertexts.delete(keyOf(account));
  }

  /**
   * From the row, together with the account as it is now. A credential in use is sealed for the account's own version: one of
   * another version is not this call's. Throws `conflict`.
   */
  private async load(account: AccountForCall, connector: Connector): Promise<StoredCredential> {
    const { tenantId, id, version } = account;
    const [row] = await this.database.query<CredentialRow>(ACTIVE_CREDENTIAL, [tenantId, id, version]);
    if (row === undefined) throw credentialMoved();
    const loaded = new StoredCredential(row, keyOf(account), connector.auth.refresh !== null);
    this.ciphertexts.set(keyOf(account), loaded);
    return loaded;
  }
}

const keyOf = ({ tenantId, id, version }: AccountForCall): string => `${tenantId} ${id} ${version}`;

const subjectOf = (account: AccountForCall, { generation }: StoredCredential): RefreshSubject => {
  const { tenantId, id, connectionId, identifier, version } = account;
  return { tenantId, id, connectionId, identifier, version, generation };
};

const authorizationOver = (
  { name }: Connector,
  { reason }: Extract<RefreshOutcome, { kind: 'expired' }>,
): ConnectorFailure =>
  new ConnectorFailure('auth_expired', `${name} does not renew this user's authorization: ${reason}`);

/** What admission looked at is looked at again, for a call that has waited since. */
const ACTIVE_CREDENTIAL = {
  name: 'oauth.active_credential',
  text: `
    SELECT c.sealed, c.generation, a.params, (extract(epoch FROM c.issued_at) * 1000)::float8 AS "issuedAt",
      (extract(epoch FROM a.token_expires_at) * 1000)::float8 AS "expiresAt"
    FROM credentials c
    JOIN connected_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
    JOIN connections n ON n.tenant_id = a.tenant_id AND n.id = a.connection_id
    JOIN tenants t ON t.tenant_id = c.tenant_id
    WHERE c.tenant_id = $1 AND c.account_id = $2 AND c.slot = 'active' AND c.version = $3
      AND a.version = c.version AND a.status = 'ACTIVE' AND n.status = 'enabled' AND t.status = 'active'`,
};
