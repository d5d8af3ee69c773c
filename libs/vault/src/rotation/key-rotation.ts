import type { TenantDatabase } from '#app/database';
import { newId, type TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { Keyring } from '../keyring/keyring.js';
import type { TenantKeyStore, WrappedKey } from '../keyring/tenant-key-store.js';
import type { AllNodes } from '../nodes/all-nodes.js';
import { giveOrder } from '../nodes/give-order.js';
import type { KeyOrder } from '../nodes/node-store.js';
import type { KeyContext, VaultEvent, VaultJournal } from '../vault-journal.js';
import { keysDestroyed } from '../vault.errors.js';
import { eachTenant } from './each-tenant.js';

// The tenant's row is locked, so that a shred that is under way is seen once it has ended
const STAGE = `
  INSERT INTO tenant_keys (tenant_id, version, wrapped_key, kek_id, state)
  SELECT tenant_id, $2, $3, $4, 'staged' FROM tenants WHERE tenant_id = $1 AND status <> 'shredded'
  FOR SHARE ON CONFLICT DO NOTHING RETURNING version`;
const RETIRE = `
  UPDATE tenant_keys SET state = 'retired', state_since = now() WHERE tenant_id = $1 AND state = 'primary'`;
const PROMOTE = `
  UPDATE tenant_keys SET state = 'primary', state_since = now() WHERE tenant_id = $1 AND version = $2`;
const LOCK_STAGED = `SELECT version FROM tenant_keys WHERE tenant_id = $1 AND version = $2 AND state = 'staged' FOR UPDATE`;

/**
 * Gives a tenant a new data key without a call failing: it is staged, every node that works for the tenant loads it, and only then
 * is anything sealed with it; the one before is retired and keeps opening what it sealed.
 *
 * Each step is a transaction, and one that was interrupted is gone on with: {@link resume}. Nodes that do it at the same time end
 * up with one new key.
 */
export class KeyRotation {
  private readonly running = new Map<TenantId, Promise<number>>();

  constructor(
    private readonly store: TenantKeyStore,
    private readonly tenants: TenantDatabase,
    private readonly keyring: Keyring,
    private readonly nodes: AllNodes,
    private readonly journal: VaultJournal,
  ) {}

  /** Resolves to the version of the new primary key once every node seals with it. */
  rotate(ctx: KeyContext): Promise<number> {
    const running = this.running.get(ctx.tenantId);
    if (running !== undefined) return running;
    const started = this.doRotate(ctx).finally(() => this.running.delete(ctx.tenantId));
    this.running.set(ctx.tenantId, started);
    return started;
  }

  /** Begins a rotation that nobody waits for. The job goes on with one that fails. */
  start(tenantId: TenantId): void {
    this.rotate(byJob(tenantId)).catch(() => undefined);
  }

  /** For jobs: rotates every key that has sealed its share, and ends rotations that were interrupted. */
  async resume(sealsDue: number): Promise<void> {
    const due = [...(await this.store.tenantsWith('staged')), ...(await this.store.tenantsWithSpentKeys(sealsDue))];
    await eachTenant(new Set(due), (tenantId) => this.rotate(byJob(tenantId)));
  }

  private async doRotate(ctx: KeyContext): Promise<number> {
    const { tenantId } = ctx;
    // Whoever has no key yet has nothing to rotate; and a tenant that was shredded is told so here
    await this.keyring.primary(tenantId);
    const { version } = (await this.store.staged(tenantId)) ?? (await this.stage(ctx));
    const staged = await this.inTransaction(tenantId, (em) => giveOrder(em, tenantId));
    await this.nodes.haveDone(staged, 'loaded');
    const promoted = await this.promote(ctx, version);
    await this.nodes.haveDone(promoted, 'dropped');
    return version;
  }

  private async stage(ctx: KeyContext): Promise<WrappedKey> {
    const { tenantId } = ctx;
    const versions = (await this.store.records(tenantId)).map(({ version }) => version);
    const key = await this.keyring.wrapNew(tenantId, Math.max(...versions) + 1);
    await this.inTransaction(tenantId, async (em) => {
      const added: unknown[] = await em.query(STAGE, [tenantId, key.version, key.wrapped, key.kekId]);
      if (added.length > 0) await this.record(em, ctx, 'data_key.staged', { version: key.version });
    });
    const staged = await this.store.staged(tenantId);
    if (staged !== null) return staged;
    if ((await this.store.primary(tenantId)) === null) throw keysDestroyed();
    // Another node staged one and has promoted it already: theirs is the new key, and ours was never stored
    return this.stage(ctx);
  }

  /** Nothing happens when another node was quicker: the order is given all the same, since its effect is what we wait for. */
  private promote(ctx: KeyContext, version: number): Promise<KeyOrder> {
    const { tenantId } = ctx;
    return this.inTransaction(tenantId, async (em) => {
      const staged: unknown[] = await em.query(LOCK_STAGED, [tenantId, version]);
      if (staged.length > 0) {
        await em.query(RETIRE, [tenantId]);
        await em.query(PROMOTE, [tenantId, version]);
        await this.record(em, ctx, 'data_key.promoted', { version });
      }
      return giveOrder(em, tenantId);
    });
  }

  private inTransaction<T>(tenantId: TenantId, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.tenants.withTenant(tenantId, work);
  }

  private record(
    em: EntityManager,
    { tenantId, requestId, source, caller }: KeyContext,
    type: VaultEvent['type'],
    detail: VaultEvent['detail'],
  ): Promise<void> {
    return this.journal.record({ tenantId, requestId, source, type, clientId: caller?.clientId ?? null, detail }, em);
  }
}

/** The context of what a job of this node does for a tenant. */
export const byJob = (tenantId: TenantId): KeyContext => ({
  tenantId,
  requestId: newId('request'),
  source: 'job',
  caller: null,
});
