import { hash } from 'node:crypto';
import { workspaceOfSignal, type SignalSettings } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { CLOCK, isId, newId, type AccountId, type Clock, type RequestContext, type TenantId } from '#app/kernel';
import { isSignedWith } from '#app/vault';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConnectLookups } from '../connect/connect-lookups.js';
import { ProviderApps, type ProviderApp } from '../connections/provider-apps.js';
import { RecordBudget } from '../record-budget.js';
import { AccountProbe } from './account-probe.js';

/** What was posted to us in a provider's name. */
export interface ProviderSignal {
  /** Of the path. */
  readonly connectionId: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Of one connection and workspace. A signal that is not signed may come from anybody. */
const SIGNED_PER_MINUTE = 60;
const UNSIGNED_PER_MINUTE = 1;
/** The others are found out by their next call. */
const MOST_ACCOUNTS = 200;
const AT_ONCE = 8;
/**
 * For so long a signature counts once. Providers sign no time, so whoever has seen a signal could repeat it for ever; and one that is
 * sent again by the provider after a longer while may be about something new.
 */
const REMEMBERED_MS = 10 * 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * A provider says, or somebody in its name, that access may have ended. That is never taken for more than a reason to ask: each
 * account that it may be about is tried at the provider, and only those are given up that the provider itself refuses. So a forged
 * or repeated signal can cost requests, which are limited, but never an account.
 */
@Injectable()
export class ProviderSignals {
  private readonly signed: RecordBudget;
  private readonly unsigned: RecordBudget;
  /** By connection and the digest of what was signed. */
  private readonly seen: LRUCache<string, true>;

  constructor(
    private readonly lookups: ConnectLookups,
    private readonly database: TenantDatabase,
    private readonly apps: ProviderApps,
    private readonly probe: AccountProbe,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.signed = new RecordBudget(SIGNED_PER_MINUTE, clock);
    this.unsigned = new RecordBudget(UNSIGNED_PER_MINUTE, clock);
    this.seen = new LRUCache({ max: MOST_REMEMBERED, ttl: REMEMBERED_MS, ttlResolution: 0, perf: clock });
  }

  /** Returns how many accounts were given up. Says nothing of why there were none: the sender need not know. */
  async receive(signal: ProviderSignal): Promise<number> {
    const { connectionId } = signal;
    if (!isId('connection', connectionId)) return 0;
    const tenantId = await this.lookups.tenantOfConnection(connectionId);
    const app = tenantId === null ? null : await this.apps.find(tenantId, connectionId);
    const settings = app?.connector.auth.signals ?? null;
    if (tenantId === null || app === null || settings === null) return 0;
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'job', caller: null };
    const trust = await this.trustIn(ctx, app, settings, signal);
    // Told apart by the bytes that were signed: a signature can be spelled in more than one way
    const name = `${connectionId} ${hash('sha256', signal.body, 'base64')}`;
    if (trust === 'forged' || (trust === 'signed' && this.seen.has(name))) return 0;
    const workspace = workspaceOfSignal(settings, signal.body);
    const accounts = await this.accountsOf(tenantId, app, workspace);
    // What is about nobody costs nothing, and what is about one workspace does not stand in the way of another's
    if (accounts.length === 0 || !this[trust].take(`${connectionId} ${workspace ?? ''}`)) return 0;
    if (trust === 'signed') this.seen.set(name, true);
    try {
      return await this.tryAll(ctx, accounts, app.connector.id);
    } catch (error) {
      // Nothing has come of it yet: the provider may send it again
      this.seen.delete(name);
      throw error;
    }
  }

  private async trustIn(
    ctx: RequestContext,
    app: ProviderApp,
    { signature }: SignalSettings,
    { headers, body }: ProviderSignal,
  ): Promise<'signed' | 'unsigned' | 'forged'> {
    const given = signature === null ? undefined : headers[signature.header];
    if (signature === null || given === undefined) return 'unsigned';
    const { algorithm, prefix } = signature;
    if (typeof given !== 'string' || !given.startsWith(prefix)) return 'forged';
    const secret = await this.apps.clientSecret(ctx, app);
    return isSignedWith(secret, algorithm, body, given.slice(prefix.length)) ? 'signed' : 'forged';
  }

  private async accountsOf(
    tenantId: TenantId,
    { connection }: ProviderApp,
    workspace: string | null,
  ): Promise<AccountId[]> {
    const rows = await this.database.withTenant(tenantId, (em): Promise<{ id: AccountId }[]> =>
      em.query(ACTIVE_ACCOUNTS, [tenantId, connection.id, workspace, MOST_ACCOUNTS]),
    );
    return rows.map(({ id }) => id);
  }

  private async tryAll(ctx: RequestContext, accounts: readonly AccountId[], connector: string): Promise<number> {
    let lost = 0;
    for (let from = 0; from < accounts.length; from += AT_ONCE) {
      const some = accounts.slice(from, from + AT_ONCE);
      const results = await Promise.all(some.map((id) => this.probe.isRefused(ctx, id, connector)));
      lost += results.filter(Boolean).length;
    }
    return lost;
  }
}

const ACTIVE_ACCOUNTS = `
  SELECT id FROM connected_accounts
  WHERE tenant_id = $1 AND connection_id = $2 AND status = 'ACTIVE' AND ($3::text IS NULL OR principal ->> 'tenant' = $3)
  ORDER BY updated_at DESC LIMIT $4`;
