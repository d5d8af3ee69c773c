import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#app/kernel';
import type { NodeLease } from './node-lease.js';
import type { KeyOrder, NodeStore } from './node-store.js';

const ASK_AGAIN_MS = 50;
/** Longer than a lease lasts: after that, a node that is silent has dropped its keys by itself. */
const PATIENCE_MS = 25_000;

/** Waits until every node has carried an order out, or can't be holding keys any more. */
export class AllNodes {
  constructor(
    private readonly store: NodeStore,
    private readonly lease: NodeLease,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Throws `not_available` when that could not be found out in time; it is safe to ask again. */
  async haveDone(order: KeyOrder, what: 'dropped' | 'loaded'): Promise<void> {
    const rounds = this.patienceMs / ASK_AGAIN_MS;
    for (let round = 0; round < rounds; round++) {
      await this.lease.renew();
      if ((await this.store.behind(order, what)).length === 0) return;
      await delay(ASK_AGAIN_MS);
    }
    const nodes = await this.store.behind(order, what);
    throw new AppError('not_available', `Not every node has ${what} its keys yet. Ask again; nothing is done twice.`, {
      internal: `vault: nodes ${nodes.join(', ')} have not ${what} keys for order ${order.number}`,
    });
  }
}
