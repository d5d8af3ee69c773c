import type { TenantDatabase } from '#app/database';
import type { TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { TenantKeyStore } from '../keyring/tenant-key-store.js';
import { giveOrder } from '../nodes/give-order.js';
import type { SealedStores } from '../resealing/sealed-stores.js';
import type { VaultJournal } from '../vault-journal.js';
import { eachTenant } from './each-tenant.js';
import { byJob } from './key-rotation.js';

/**
 * What was sealed with a key just before it was retired may still be on its way into the database, and ciphertext of it in the
 * caches of other nodes: a key is kept for this long after nothing needs it any more.
 */
export const RETIRED_FOR_MS = 15 * 60_000;

const RETIRED = `
  SELECT version, state_since <= now() - make_interval(secs => $2) AS due FROM tenant_keys
  WHERE tenant_id = $1 AND state = 'retired' FOR UPDATE`;
// A key's time begins when it was last found in use: until then other nodes may put its ciphertext into their caches
const STILL_USED = 'UPDATE tenant_keys SET state_since = now() WHERE tenant_id = $1 AND version = ANY ($2)';
const DESTROY = `
  UPDATE tenant_keys SET state = 'destroyed', state_since = now(), wrapped_key = '' WHERE tenant_id = $1 AND version = $2`;

/** Destroys retired keys with which nothing is sealed any more. */
export class KeyDestruction {
  /** Rows that are sealed with retired keys, of all tenants, as this node found it the last time; by the store that they are in. */
  left: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly keys: Pick<TenantKeyStore, 'tenantsWith'>,
    private readonly tenants: TenantDatabase,
    private readonly stores: SealedStores,
    private readonly journal: VaultJournal,
    private readonly retiredForMs = RETIRED_FOR_MS,
  ) {}

  async run(): Promise<void> {
    const left = new Map(this.stores.all().map(({ name }) => [name, 0]));
    await eachTenant(await this.keys.tenantsWith('retired'), (tenantId) =>
      this.tenants.withTenant(tenantId, (em) => this.destroyIdle(em, tenantId, left)),
    );
    this.left = left;
  }

  private async destroyIdle(em: EntityManager, tenantId: TenantId, left: Map<string, number>): Promise<void> {
    const retired: { version: number; due: boolean }[] = await em.query(RETIRED, [tenantId, this.retiredForMs / 1_000]);
    const versions = retired.map(({ version }) => version);
    const used = await this.inUse(em, tenantId, versions, left);
    await em.query(STILL_USED, [tenantId, versions.filter((version) => used.has(version))]);
    const idle = retired.filter(({ version, due }) => due && !used.has(version)).map(({ version }) => version);
    for (const version of idle) {
      await em.query(DESTROY, [tenantId, version]);
      const { requestId, source } = byJob(tenantId);
      const event = { tenantId, requestId, source, clientId: null, detail: { version } };
      await this.journal.record({ ...event, type: 'data_key.destroyed' }, em);
    }
    if (idle.length > 0) await giveOrder(em, tenantId);
  }

  /** Which of these versions still seal something. How much that is, is added up in `left`. */
  private async inUse(
    em: EntityManager,
    tenantId: TenantId,
    versions: readonly number[],
    left: Map<string, number>,
  ): Promise<Set<number>> {
    const used = new Set<number>();
    for (const store of this.stores.all())
      for (const { keyVersion, rows } of await store.countByKey(em, tenantId)) {
        if (!versions.includes(keyVersion)) continue;
        used.add(keyVersion);
        left.set(store.name, (left.get(store.name) ?? 0) + rows);
      }
    return used;
  }
}
