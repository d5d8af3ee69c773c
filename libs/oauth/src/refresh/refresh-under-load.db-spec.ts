import type { RequestContext } from '#app/kernel';
import { RefreshKit } from '../../test/refresh-kit.js';

const NODES = 4;
const CALLERS = 200;
const EXPIRIES = 10;

describe('R1 four nodes, 200 callers, and a provider that kills an authorization on reuse', () => {
  let kit: RefreshKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await RefreshKit.start();
    while (kit.nodes.length < NODES) await kit.addNode();
    ctx = await kit.tenant();
    await kit.connect(ctx, 'ada');
  });
  afterAll(() => kit.stop());

  const callFromEverywhere = (): Promise<PromiseSettledResult<unknown>[]> =>
    Promise.allSettled(Array.from({ length: CALLERS }, (_, n) => (kit.nodes[n % NODES] ?? kit.node).call(ctx, 'ada')));

  it(`R1 redeem each refresh token once in ${EXPIRIES} expiries, whichever call comes first`, async () => {
    for (let expiry = 1; expiry <= EXPIRIES; expiry++) {
      kit.expire();
      const results = await callFromEverywhere();
      expect(results.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(kit.provider.summary()).toMatchObject({ refreshRequests: expiry, redemptions: expiry });
    }
    expect(kit.provider.summary()).toMatchObject({
      mostPresentations: 1,
      killedByReuse: 0,
      apiRequests: EXPIRIES * CALLERS,
      apiRefusals: 0,
    });
    expect(await kit.generation(ctx)).toBe(EXPIRIES);
  });

  it('R1 wait for a slow provider, on whichever node, and then use what it issued', async () => {
    kit.provider.beforeAnswer.close();
    kit.expire();
    const before = kit.provider.summary();
    const calls = callFromEverywhere();
    await kit.provider.beforeAnswer.arrived();
    // Everybody has had the time to look, more than once
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(kit.provider.summary()).toMatchObject({
      refreshRequests: before.refreshRequests + 1,
      apiRequests: before.apiRequests,
    });
    kit.provider.beforeAnswer.open();
    expect((await calls).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(kit.provider.summary()).toMatchObject({ mostPresentations: 1, killedByReuse: 0, apiRefusals: 0 });
  });

  it('end a node in order while the provider holds the answer: it is stored before the node is gone', async () => {
    const leaving = await kit.addNode();
    const generation = await kit.generation(ctx);
    kit.provider.beforeAnswer.close();
    kit.expire();
    const call = leaving.call(ctx, 'ada').catch(() => undefined);
    await kit.provider.beforeAnswer.arrived();
    let gone = false;
    const closing = leaving.module.close().then(() => (gone = true));
    // Long enough for a node that does not wait to be gone
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(gone).toBe(false);
    kit.provider.beforeAnswer.open();
    await closing;
    expect(await kit.generation(ctx)).toBe(generation + 1);
    await call;
    expect(kit.provider.summary()).toMatchObject({ mostPresentations: 1, killedByReuse: 0 });
  });
});
