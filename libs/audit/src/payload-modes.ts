import type { Clock, TenantId } from '#app/kernel';
import type { SystemDatabase } from '#app/database';
import { LRUCache } from 'lru-cache';

/** How much of a call's arguments and result a tenant keeps in its trail. */
export type PayloadMode = 'redacted' | 'full';

const KEEP_MS = 10_000;
const MAX_TENANTS = 10_000;
const STATEMENT = {
  name: 'audit_payload_mode',
  text: 'SELECT audit_full_payloads AS full FROM tenants WHERE tenant_id = $1',
} as const;

interface Entry {
  readonly until: number;
  readonly mode: Promise<PayloadMode>;
}

/**
 * The tenants' switch for full payloads, remembered for a few seconds: a change takes effect within that time, and
 * at once on a node that is told of it by {@link PayloadModes.forget}.
 */
export class PayloadModes {
  private readonly entries = new LRUCache<TenantId, Entry>({ max: MAX_TENANTS });

  constructor(
    private readonly database: Pick<SystemDatabase, 'query'>,
    private readonly clock: Clock,
  ) {}

  get(tenantId: TenantId): Promise<PayloadMode> {
    const known = this.entries.get(tenantId);
    if (known !== undefined && this.clock.now() < known.until) return known.mode;
    const mode = this.read(tenantId);
    this.entries.set(tenantId, { until: this.clock.now() + KEEP_MS, mode });
    mode.catch(() => this.entries.delete(tenantId));
    return mode;
  }

  /** After a change was committed: the next call asks the database. */
  forget(tenantId: TenantId): void {
    this.entries.delete(tenantId);
  }

  private async read(tenantId: TenantId): Promise<PayloadMode> {
    const rows = await this.database.query<{ full: boolean }>(STATEMENT, [tenantId]);
    return rows[0]?.full === true ? 'full' : 'redacted';
  }
}
