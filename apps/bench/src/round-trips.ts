import type { ChildProcess } from 'node:child_process';
import { nextMessage } from './children.js';
import type { DatabaseRelay } from './database-relay.js';
import { applyLoad, type Target } from './load.js';
import { median } from './statistics.js';
import type { StubSeen } from './upstream-stub.js';

export interface RoundTrips {
  readonly calls: number;
  readonly before: number;
  readonly after: number;
  readonly mostBefore: number;
}

/**
 * Counts, call by call, the round trips that a node makes to its database before its request reaches the provider, and until the
 * answer is out. What it does in the background is counted too, so the median speaks; the most is told beside it.
 */
export async function countRoundTrips(
  target: Target,
  relay: DatabaseRelay,
  stub: ChildProcess,
  calls: number,
): Promise<RoundTrips> {
  const before: number[] = [];
  const after: number[] = [];
  for (let call = 0; call < calls; call++) {
    const seen = nextMessage<StubSeen>(stub, 'the stub');
    stub.send('tell-next');
    const sent = process.hrtime.bigint();
    const { failures } = await applyLoad(target, 1, (made) => made < 1);
    if (failures > 0) throw new Error('A call failed while round trips were counted');
    const { at } = await seen;
    const answered = process.hrtime.bigint();
    before.push(relay.roundTrips.filter((trip) => trip > sent && trip < BigInt(at)).length);
    after.push(relay.roundTrips.filter((trip) => trip > BigInt(at) && trip < answered).length);
  }
  return { calls, before: median(before), after: median(after), mostBefore: Math.max(...before) };
}
