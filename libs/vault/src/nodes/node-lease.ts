import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { AppError, type Clock, type TenantId } from '#app/kernel';
import type { KeyOrder, NodeStore } from './node-store.js';

/** What holds keys in memory, and has to let go of them. */
export interface KeyHolder {
  drop(tenantId: TenantId): void;
  dropAll(): void;
  /** Loads the tenant's staged key if this node works for the tenant, so that it opens what others are about to seal. */
  loadStaged(tenantId: TenantId): Promise<void>;
}

export interface LeaseTimes {
  /** For how long the database takes this node to be alive after a renewal. */
  readonly ttlMs: number;
  /** This much earlier the node itself stops using keys: more than clocks of two machines drift apart within the lease. */
  readonly marginMs: number;
}

const TIMES: LeaseTimes = { ttlMs: 10_000, marginMs: 2_500 };

/** Time that only ever goes forward, in milliseconds. */
export type Stopwatch = () => number;

/**
 * The right of this node to hold unwrapped keys. It lasts for seconds and is renewed in the database, where the node learns which
 * keys to drop and says what it has dropped. A node that can't renew it (cut off, or paused) has to assume that others went on
 * without it: it drops every key and refuses until it is back. So whoever shreds a tenant has to wait for live nodes and for
 * leases to run out, and for nothing else.
 *
 * Whether the lease holds is a comparison of times; nobody waits for the database while it does.
 */
export class NodeLease {
  /** Begins with the machine and the process, so that whoever reads that a node is behind finds it. */
  readonly nodeId = `${hostname().slice(0, 60)}-${process.pid}-${randomUUID()}`;
  private validUntil = { byStopwatch: -Infinity, byClock: -Infinity };
  /** The last order whose keys are dropped; null before the first renewal. */
  private dropped: number | null = null;
  /** Tenants whose staged key is to be loaded, with the order that said so. */
  private readonly toLoad = new Map<TenantId, number>();
  private renewal: Promise<void> | null = null;
  private holder: KeyHolder = NOBODY;

  constructor(
    private readonly store: NodeStore,
    private readonly clock: Clock,
    private readonly times: LeaseTimes = TIMES,
    private readonly stopwatch: Stopwatch = () => performance.now(),
  ) {}

  /** To be called once, before the first renewal. */
  serve(holder: KeyHolder): void {
    this.holder = holder;
  }

  /** By two clocks: the one stands still while a virtual machine is paused, the other may be set back. */
  get valid(): boolean {
    return this.stopwatch() < this.validUntil.byStopwatch && this.clock.now() < this.validUntil.byClock;
  }

  /** Renews a lease that has run out. Throws `not_available` when that is not possible now. */
  async ensure(): Promise<void> {
    if (this.valid) return;
    await this.renew();
    if (!this.valid)
      throw new AppError('not_available', 'The database answers too slowly to work with keys. Try again.');
  }

  /** To be called by a timer, several times within the life of a lease. Callers at the same time share one renewal. */
  renew(): Promise<void> {
    this.renewal ??= this.doRenew().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  /** Gives the lease up, so that nobody waits for it. */
  async end(): Promise<void> {
    this.validUntil = { byStopwatch: -Infinity, byClock: -Infinity };
    this.holder.dropAll();
    await this.store.end(this.nodeId);
  }

  private async doRenew(): Promise<void> {
    if (!this.valid) this.holder.dropAll();
    let more = true;
    while (more) more = await this.exchange();
    if (await this.loadOne()) await this.exchange();
  }

  /** Says what is carried out, gets what is new and carries that out. Whether something was new, which is still to be said. */
  private async exchange(): Promise<boolean> {
    // A node that begins holds no key, so it has nothing to drop of what was ordered before
    this.dropped ??= await this.store.lastOrder();
    const start = { byStopwatch: this.stopwatch(), byClock: this.clock.now() };
    const { dropped } = this;
    const done = { dropped, loaded: this.loadedTo(dropped), loading: [...this.toLoad.keys()] };
    const orders = await this.store.renew(this.nodeId, this.times.ttlMs, done);
    for (const order of orders) this.carryOut(order);
    // It counts from before the question was asked: the database's time for it began later
    const usable = this.times.ttlMs - this.times.marginMs;
    this.validUntil = { byStopwatch: start.byStopwatch + usable, byClock: start.byClock + usable };
    return orders.length > 0;
  }

  private carryOut({ number, tenantId }: KeyOrder): void {
    this.holder.drop(tenantId);
    this.toLoad.set(tenantId, number);
    this.dropped = number;
  }

  /** One at a time: a key service that is slow must not cost the lease. One that fails is tried again, behind the others. */
  private async loadOne(): Promise<boolean> {
    const [next] = this.toLoad;
    if (next === undefined) return false;
    const [tenantId, number] = next;
    try {
      await this.holder.loadStaged(tenantId);
      if (this.toLoad.get(tenantId) === number) this.toLoad.delete(tenantId);
      return true;
    } catch {
      this.toLoad.delete(tenantId);
      this.toLoad.set(tenantId, number);
      return false;
    }
  }

  private loadedTo(dropped: number): number {
    return Math.min(dropped, ...[...this.toLoad.values()].map((number) => number - 1));
  }
}

const NOBODY: KeyHolder = { drop: () => undefined, dropAll: () => undefined, loadStaged: () => Promise.resolve() };
