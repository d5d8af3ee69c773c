import type { Stage } from '../stage.js';
import { Tenant, type Account } from '../tenant.js';
import { until } from '../until.js';
import { disturbanceOf } from './disturbances.js';
import { race } from './revocation.js';
import type { Scenario } from './scenario.js';

/** A tenant beside the first one, with a client that makes the calls and another that may switch that one off. */
interface Neighbour {
  readonly id: string;
  readonly back: Tenant;
  readonly caller: Tenant;
  readonly callerId: string;
  readonly account: Account;
}

/** What is done to it, and taken back: the paths are told apart by who may ask. */
interface Ending {
  readonly kind: string;
  readonly end: (stage: Stage, of: Neighbour, base: string) => Promise<unknown>;
  readonly undo: (stage: Stage, of: Neighbour, base: string) => Promise<unknown>;
}

const setClient =
  (status: 'active' | 'disabled') =>
  (_: Stage, { back, callerId }: Neighbour, base: string): Promise<unknown> =>
    back.ask(`${base}/api/v1/clients/${callerId}`, { status }, 'PATCH');

const setTenant =
  (verb: 'suspend' | 'resume') =>
  (stage: Stage, { id }: Neighbour, base: string): Promise<unknown> =>
    stage.tenant.ask(`${base}/api/v1/tenants/${id}:${verb}`, {});

const ENDINGS: readonly Ending[] = [
  { kind: 'client disabled', end: setClient('disabled'), undo: setClient('active') },
  { kind: 'tenant suspended', end: setTenant('suspend'), undo: setTenant('resume') },
];

async function makeNeighbour(stage: Stage, name: string): Promise<Neighbour> {
  const { cluster, tenant } = stage;
  const base = cluster.anyNode.url;
  const { body: made } = await tenant.ask(`${base}/api/v1/tenants`, { name });
  const { id } = made['tenant'] as { id: string };
  const { id: firstId } = made['client'] as { id: string };
  const back = await Tenant.open(cluster, { id: firstId, secret: String(made['client_secret']) }, name);
  const permissions = ['tools:read', 'tools:execute'];
  const { body: second } = await back.ask(`${base}/api/v1/clients`, { name: 'caller', permissions });
  const { id: callerId } = second['client'] as { id: string };
  const caller = await back.as({ id: callerId, secret: String(second['client_secret']) }, `${name}-call`);
  return { id, back, caller, callerId, account: await back.connect(`${name}-user`, 'strict') };
}

/** Every node has heard that it may work again. */
async function worksAgain(stage: Stage, { caller, account }: Neighbour): Promise<void> {
  for (const node of stage.cluster.nodes)
    await until(
      async () => (await caller.call(account, node)).status === 200,
      `${node.name} works for the tenant again`,
      30_000,
    );
}

/** Clients are disabled and tenants suspended against calls on all nodes, `rounds` times each; at last the tenant is shredded. */
export async function endTenants(stage: Stage, name: string, rounds: number): Promise<void> {
  const neighbour = await makeNeighbour(stage, name);
  const { caller, account, id } = neighbour;
  const [beside] = await stage.connect(`beside-${name}`, 'strict', 1);
  for (let turn = 0; turn < rounds * ENDINGS.length && !stage.timeIsUp; turn += 1) {
    const { kind, end, undo } = ENDINGS[turn % ENDINGS.length] as Ending;
    const disturbance = turn < ENDINGS.length ? null : disturbanceOf(turn);
    const unharmed = disturbance === null ? stage.callers(beside as Account, 12) : null;
    const revoke = await race(stage, caller, account, {
      kind,
      revoke: (base) => end(stage, neighbour, base),
      disturbance,
    });
    if (unharmed !== null) stage.expectSuccess(await unharmed);
    stage.cluster.log.restoring(revoke);
    await undo(stage, neighbour, stage.cluster.anyNode.url);
    await worksAgain(stage, neighbour);
  }
  const unharmed = stage.callers(beside as Account, 12);
  const shred = (base: string): Promise<unknown> =>
    stage.tenant.ask(`${base}/api/v1/tenants/${id}:shred`, { confirm: id });
  await race(stage, caller, account, { kind: 'tenant shredded', revoke: shred });
  stage.expectSuccess(await unharmed);
}

export const tenants: Scenario = {
  name: 'tenants',
  run: async (stage) => {
    for (let turn = 1; turn <= 2; turn += 1) await endTenants(stage, `tenant-${turn}`, 3);
  },
};
