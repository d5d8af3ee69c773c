import { drainQueue, SystemDatabase, TenantDatabase } from '#app/database';
import { newId, type RequestContext, type RevocationId, type TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import { ConnectTimes } from '../connect/connect-times.js';
import { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';
import { RevocationOutcomes } from './revocation-outcomes.js';
import { FORGET_ENDED, IN_USE, TAKE_DUE } from './revocation-statements.js';
import { KEPT_MS, LEASE_MS } from './revocation-times.js';
import { RevocationTransport } from './revocation-transport.js';

const LANES = 8;
/** So that a run ends, whatever is queued: the next one goes on. */
const MOST_IN_A_RUN = 500;

interface Taken {
  readonly tenantId: TenantId;
  readonly id: RevocationId;
}

/**
 * Tells providers what was given up here, until they have heard it. May run on any number of nodes: each takes on what no other
 * is at, and a revocation that is sent twice does no harm.
 */
@Injectable()
export class RevocationSender {
  private current: Promise<number> | null = null;

  constructor(
    private readonly system: SystemDatabase,
    private readonly tenants: TenantDatabase,
    private readonly transport: RevocationTransport,
    private readonly outcomes: RevocationOutcomes,
    private readonly times: ConnectTimes,
  ) {}

  /** Sends what is due; one run at a time on a node. Returns how many attempts there were. */
  run(): Promise<number> {
    this.current ??= drainQueue(LANES, MOST_IN_A_RUN, () => this.next()).finally(() => {
      this.current = null;
    });
    return this.current;
  }

  private async next(): Promise<boolean> {
    const [taken] = await this.system.query<Taken>(TAKE_DUE, [this.times.now(), this.times.after(LEASE_MS)]);
    if (taken === undefined) return false;
    await this.attempt(taken);
    return true;
  }

  /** Deletes what ended long ago. */
  async forgetEnded(): Promise<void> {
    await this.system.query(FORGET_ENDED, [this.times.after(-KEPT_MS)]);
  }

  private async attempt({ tenantId, id }: Taken): Promise<void> {
    const row = await this.tenants.withTenant(tenantId, (em) =>
      em.findOneBy(UpstreamRevocationEntity, { tenantId, id, state: 'pending' }),
    );
    if (row === null) return;
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'job', caller: null };
    // Somebody may have connected since this was queued, whose access would end with it
    if (await this.wouldHitOthers(row)) return this.outcomes.end(ctx, row, 'skipped', 'in_use_by_others');
    await this.outcomes.record(ctx, row, await this.transport.send(ctx, row));
  }

  /** Over all tenants: several may use one OAuth app in one workspace. */
  private async wouldHitOthers({ tenantId, id }: UpstreamRevocationEntity): Promise<boolean> {
    const [found] = await this.system.query<{ inUse: boolean }>(IN_USE, [tenantId, id]);
    return found?.inUse === true;
  }
}
