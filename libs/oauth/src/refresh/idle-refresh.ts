import { ConnectorRegistry } from '#app/connector-kit';
import { SystemDatabase } from '#app/database';
import { CLOCK, newId, type Clock, type ConnectionId, type RequestContext } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { backoffAfter } from './refresh-schedule.js';
import type { RefreshSubject } from './refresh-subject.js';
import { TokenRefresher } from './token-refresher.js';

const BATCH = 200;
const MOST_PER_CONNECTION = 50;
const AT_ONCE = 8;

interface Trouble {
  readonly failures: number;
  readonly until: number;
}

/**
 * Refreshes accounts that nobody uses before their refresh tokens die of it, and finds out what became of refreshes whose node has
 * died. May run on any number of nodes: the lease sees to it that each account is refreshed once. A connection whose provider
 * fails is left alone for a while, and does not hold up the others.
 */
@Injectable()
export class IdleRefresh {
  private readonly troubled = new Map<ConnectionId, Trouble>();

  constructor(
    private readonly system: SystemDatabase,
    private readonly registry: ConnectorRegistry,
    private readonly refresher: TokenRefresher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Returns how many accounts it took on. */
  async run(): Promise<number> {
    const connectors = this.registry.all().flatMap(({ id, auth: { refresh } }) => {
      return refresh === null ? [] : [{ connector: id, idle_ms: refresh.idleMs }];
    });
    if (connectors.length === 0) return 0;
    const values = [JSON.stringify(connectors), new Date(this.clock.now()), MOST_PER_CONNECTION, BATCH];
    const due = await this.system.query<RefreshSubject>(DUE, values);
    const queue = due.values();
    const workers = Array.from({ length: AT_ONCE }, () => this.work(queue));
    const counts = await Promise.all(workers);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async work(queue: Iterator<RefreshSubject> & Iterable<RefreshSubject>): Promise<number> {
    let taken = 0;
    for (const subject of queue) {
      const trouble = this.troubled.get(subject.connectionId);
      if (trouble !== undefined && this.clock.now() < trouble.until) continue;
      taken += 1;
      await this.refresh(subject);
    }
    return taken;
  }

  private async refresh(subject: RefreshSubject): Promise<void> {
    const { tenantId, connectionId } = subject;
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'job', caller: null };
    const outcome = await this.refresher.refresh(ctx, subject, { refused: false });
    if (outcome.kind !== 'unavailable' || outcome.why === 'under_way') {
      this.troubled.delete(connectionId);
      return;
    }
    const failures = (this.troubled.get(connectionId)?.failures ?? 0) + 1;
    const pauseMs = backoffAfter(failures, outcome.why === 'no_answer' ? null : outcome.retryAfterMs);
    this.troubled.set(connectionId, { failures, until: this.clock.now() + pauseMs });
  }
}

/**
 * Of every connection some: those past 60 to 75 % of the time after which the provider lets an unused refresh token die, each at a
 * moment of its own, and those whose refresh was left unfinished.
 *
 * $1 JSON array of {connector, idle_ms} · $2 now · $3 most of one connection · $4 most of all
 */
const DUE = {
  name: 'oauth.due_for_idle_refresh',
  text: `
    WITH due AS (
      SELECT a.tenant_id, a.id, a.connection_id, a.identifier, a.version, c.generation,
        row_number() OVER (PARTITION BY a.tenant_id, a.connection_id ORDER BY random()) AS turn
      FROM jsonb_to_recordset($1::jsonb) AS kind (connector text, idle_ms float8)
      JOIN connections n ON n.connector = kind.connector AND n.status = 'enabled'
      JOIN tenants t ON t.tenant_id = n.tenant_id AND t.status = 'active'
      JOIN connected_accounts a ON a.tenant_id = n.tenant_id AND a.connection_id = n.id AND a.status = 'ACTIVE'
      JOIN credentials c
        ON c.tenant_id = a.tenant_id AND c.account_id = a.id AND c.slot = 'active' AND c.version = a.version
      LEFT JOIN credential_refreshes r ON r.tenant_id = a.tenant_id AND r.account_id = a.id
      WHERE (c.issued_at <= $2::timestamptz
            - kind.idle_ms * (0.6 + 0.15 * (abs(hashtext(a.id)::bigint) % 1000) / 1000) * interval '1 millisecond'
          OR (r.state <> 'ready' AND r.version = c.version AND r.generation = c.generation))
        AND coalesce(r.lease_expires_at <= clock_timestamp(), true) AND coalesce(r.retry_at <= clock_timestamp(), true)
    )
    SELECT tenant_id AS "tenantId", id, connection_id AS "connectionId", identifier, version, generation
    FROM due WHERE turn <= $3 ORDER BY turn, random() LIMIT $4`,
};
