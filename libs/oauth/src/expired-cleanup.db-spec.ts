import type { RequestContext } from '#app/kernel';
import { OAuthKit, ToyBrowser } from '../test/oauth-kit.js';
import { ExpiredCleanup } from './expired-cleanup.js';

describe('ExpiredCleanup', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
  });

  const run = (): ReturnType<ExpiredCleanup['run']> => kit.get(ExpiredCleanup).run();
  const count = async (table: string): Promise<number> => (await kit.sql(ctx, `SELECT 1 FROM ${table}`)).length;

  it('removes links, flows and idempotency keys that have run out, and nothing before', async () => {
    await kit.open(new ToyBrowser(), await kit.link(ctx, 'user_1'));
    const until = new Date(kit.clock.now() + 600_000);
    await kit.sql(
      ctx,
      `INSERT INTO idempotency_keys (tenant_id, client_id, key, request_hash, execution_id, expires_at) VALUES ($1, 'c', 'k', '', 'e', $2)`,
      [ctx.tenantId, until],
    );
    expect(await run()).toEqual({ consents: 0, flows: 0, links: 0, idempotencyKeys: 0 });
    kit.clock.advance(600_001);
    expect(await run()).toEqual({ consents: 0, flows: 1, links: 0, idempotencyKeys: 1 });
    kit.clock.advance(600_001);
    expect(await run()).toMatchObject({ links: 1 });
    expect(await count('connect_links')).toBe(0);
  });

  it('keeps a link for as long as a flow that was started at its last moment', async () => {
    const link = await kit.link(ctx, 'user_1');
    kit.clock.advance(599_000);
    const browser = new ToyBrowser();
    const asked = await kit.open(browser, link);
    kit.clock.advance(590_000);
    await run();
    expect(await kit.comeBack(browser, kit.provider.authorize(asked))).toMatchObject({ outcome: 'connected' });
  });

  it('O4 destroys consents that nobody vouched for in time, and says so in the trail', async () => {
    await kit.awaitVerification(ctx, 'user_1');
    expect(await run()).toMatchObject({ consents: 0 });
    kit.clock.advance(600_001);
    expect(await run()).toMatchObject({ consents: 1 });
    expect(await count('credentials')).toBe(0);
    expect(await count('verification_requests')).toBe(0);
    expect(await kit.account(ctx, 'user_1')).toMatchObject({ status: 'PENDING_AUTH', statusReason: 'expired' });
    expect((await kit.events(ctx)).at(-1)).toBe('connected_account.verification_refused: expired');
    expect(await run()).toMatchObject({ consents: 0 });
  });
});
