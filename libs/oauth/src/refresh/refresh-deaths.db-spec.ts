import { AppError, type RequestContext } from '#app/kernel';
import { RefreshKit, TestTimings, type RefreshNode } from '../../test/refresh-kit.js';
import { ended } from '../../test/oauth-kit.js';
import type { OAuthNodeParts } from '../../test/oauth-node.js';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { RefreshCounts } from './refresh-counts.js';

/** Longer than a lease, a token request and the time in which an owner that fell silent may come back. */
const LONG = 100_000;
const LEASE = 20_000;

let kit: RefreshKit;
let ctx: RequestContext;
/** The node that dies. */
let dying: RefreshNode;

async function start(refresh: object): Promise<void> {
  kit = await RefreshKit.start({ rotates: true, ...refresh });
}

beforeEach(async () => {
  dying = await kit.addNode();
  ctx = await kit.tenant();
  await kit.connect(ctx, 'ada');
});

/** Begins a refresh on the node that dies, and returns when it has got so far. */
async function dieAt(point: 'before_journal' | 'before_send' | 'after_answer'): Promise<void> {
  dying.die(point);
  const gate = dying.timings.gates[point];
  void dying.call(ctx, 'ada').catch(() => undefined);
  await gate.arrived();
}

/** The database, with something that happens to every transaction. */
function databaseThat(happens: <T>(work: () => Promise<T>) => Promise<T>): OAuthNodeParts['database'] {
  const real = kit.database.tenants;
  const tenants = Object.create(real) as typeof real;
  tenants.withTenant = (tenantId, work) => happens(() => real.withTenant(tenantId, work));
  return { system: kit.database.system, tenants };
}

const call = (): Promise<string> => ended(kit.node.call(ctx, 'ada'));
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
const status = async (): Promise<string> => {
  const account = await kit.account(ctx, 'ada');
  return account.statusReason === null ? account.status : `${account.status}: ${account.statusReason}`;
};

describe('R2 a node that dies in the middle of a refresh, at a provider without a grace', () => {
  beforeAll(() => start({}));
  afterAll(() => kit.stop());
  const killed = (): number => kit.provider.summary().killedByReuse;

  it('R2 before it was written down: another node does it, as if nothing had been', async () => {
    kit.expire();
    await dieAt('before_journal');
    await kit.letPass(ctx, LEASE);
    expect([await call(), await status(), await kit.generation(ctx)]).toEqual(['succeeded', 'ACTIVE', 1]);
  });

  it('R2 before it was sent: another node waits until nobody can come back, and then does it', async () => {
    kit.expire();
    await dieAt('before_send');
    await kit.letPass(ctx, LEASE);
    expect([await call(), await status()]).toEqual(['provider_error', 'ACTIVE']);
    await kit.letPass(ctx, LONG);
    expect([await call(), await status(), await kit.generation(ctx)]).toEqual(['succeeded', 'ACTIVE', 1]);
  });

  it('R2 with the answer in its hands: the user has to reconnect, and is told why', async () => {
    kit.expire();
    const before = killed();
    await dieAt('after_answer');
    await kit.letPass(ctx, LEASE);
    expect([await call(), await status(), killed()]).toEqual(['provider_error', 'ACTIVE', before]);
    await kit.letPass(ctx, LONG);
    expect([await call(), await status()]).toEqual(['auth_expired', 'EXPIRED: refresh_outcome_lost']);
    expect(await kit.events(ctx)).toContain('connected_account.expired: refresh_outcome_lost');
    expect(await kit.sql(ctx, 'SELECT * FROM credentials')).toEqual([]);
  });

  it('R2 with the answer in its hands, while the old access token works: it is used for as long as it does', async () => {
    kit.clock.advance(3_400_000);
    const before = killed();
    await dieAt('after_answer');
    await kit.letPass(ctx, LEASE);
    expect([await call(), await call(), await status(), killed()]).toEqual([
      'succeeded',
      'succeeded',
      'ACTIVE',
      before,
    ]);
    await kit.node.settled();
    // Who found that there is nothing to send has given the lease back
    expect(await kit.journal(ctx)).toMatchObject({ state: 'sending', owner: null, leaseExpiresAt: null });
    kit.clock.advance(300_000);
    await kit.letPass(ctx, LONG);
    expect([await call(), await status()]).toEqual(['auth_expired', 'EXPIRED: refresh_outcome_lost']);
  });

  it('R2 after the commit, whose acknowledgement is lost: it is stored once, and nothing is redeemed again', async () => {
    let losses = 0;
    const node = await kit.addNode({
      database: databaseThat(async (work) => {
        const before = await kit.generation(ctx);
        const result = await work();
        if (losses > 0 || (await kit.generation(ctx)) === before) return result;
        losses += 1;
        throw new AppError('not_available', 'The connection was lost');
      }),
    });
    kit.expire();
    const before = kit.provider.refreshRequests;
    expect(await ended(node.call(ctx, 'ada'))).toBe('succeeded');
    expect([losses, kit.provider.refreshRequests - before, await kit.generation(ctx)]).toEqual([1, 1, 1]);
    expect((await kit.events(ctx)).filter((type) => type === 'connected_account.refreshed')).toHaveLength(1);
  });

  it('R5 queues the tokens of an account that was disconnected meanwhile once, also when the acknowledgement is lost', async () => {
    let losses = 0;
    const queued = async (): Promise<number> => {
      const text = `SELECT 1 FROM upstream_revocations WHERE reason = 'revoked_during_refresh'`;
      return (await kit.sql(ctx, text)).length;
    };
    const node = await kit.addNode({
      database: databaseThat(async (work) => {
        const before = await queued();
        const result = await work();
        if (losses > 0 || (await queued()) === before) return result;
        losses += 1;
        throw new AppError('not_available', 'The connection was lost');
      }),
    });
    kit.expire();
    kit.provider.beforeAnswer.close();
    const waiting = ended(node.call(ctx, 'ada'));
    await kit.provider.beforeAnswer.arrived();
    await kit.node.get(ConnectedAccountsService).disconnect(ctx, (await kit.account(ctx, 'ada')).id);
    kit.provider.beforeAnswer.open();
    expect([await waiting, losses, await queued()]).toEqual(['conflict', 1, 1]);
    const told = (await kit.events(ctx)).filter((event) => event.startsWith('connected_account.refresh_discarded'));
    expect(told).toHaveLength(1);
  });

  it('gives an answer up that could not be stored for long, and says that it is lost', async () => {
    let down = false;
    const node = await kit.addNode({
      timings: Object.assign(new TestTimings(), { storeForMs: 0 }),
      database: databaseThat(async (work) => {
        if (down) throw new AppError('not_available', 'The database does not answer');
        return work();
      }),
    });
    kit.expire();
    kit.provider.beforeAnswer.close();
    const waiting = node.call(ctx, 'ada');
    await kit.provider.beforeAnswer.arrived();
    down = true;
    kit.provider.beforeAnswer.open();
    await expect(waiting).rejects.toMatchObject({ code: 'provider_error', details: { refresh: 'no_answer' } });
    expect(node.get(RefreshCounts).all()).toContainEqual(['lost', 1]);
    expect(await status()).toBe('ACTIVE');
  });

  it('R2 keeps an answer that can’t be stored until it can, also past its lease', async () => {
    let down = false;
    const node = await kit.addNode({
      database: databaseThat(async (work) => {
        if (down) throw new AppError('not_available', 'The database does not answer');
        return work();
      }),
    });
    kit.expire();
    kit.provider.beforeAnswer.close();
    const waiting = ended(node.call(ctx, 'ada'));
    await kit.provider.beforeAnswer.arrived();
    down = true;
    kit.provider.beforeAnswer.open();
    await kit.letPass(ctx, LEASE);
    // Another node has the lease for a moment, and finds that it has to wait
    expect(await call()).toBe('provider_error');
    down = false;
    expect(await waiting).toBe('succeeded');
    expect([await call(), await kit.generation(ctx), await status()]).toEqual(['succeeded', 1, 'ACTIVE']);
  });

  describe('R3 an owner that is paused beyond its lease', () => {
    let paused: RefreshNode;

    /** What becomes of the call is in a box, since it ends long after the pause has begun. */
    const pauseAt = async (point: 'before_send' | 'after_answer'): Promise<{ outcome: Promise<string> }> => {
      const { gates } = paused.timings;
      gates.before_renewal.close();
      gates[point].close();
      const outcome = ended(paused.call(ctx, 'ada'));
      await gates[point].arrived();
      return { outcome };
    };
    const untilLeaseIsOver = async (): Promise<void> => {
      for (;;) {
        const [row] = await kit.sql<{ over: boolean }>(
          ctx,
          'SELECT lease_expires_at <= clock_timestamp() AS over FROM credential_refreshes',
        );
        if (row?.over !== false) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const goOn = (): void => {
      for (const gate of Object.values(paused.timings.gates)) gate.open();
    };

    it('R3 sends nothing when it comes back, and does not overwrite what another node stored', async () => {
      paused = await kit.addNode({ timings: new TestTimings(400) });
      kit.expire();
      const { outcome } = await pauseAt('before_send');
      // By its own clock too
      await untilLeaseIsOver();
      await kit.letPass(ctx, LONG);
      const before = kit.provider.refreshRequests;
      expect(await call()).toBe('succeeded');
      const [stored] = await kit.sql(ctx, 'SELECT version, generation, sealed FROM credentials');
      goOn();
      await outcome;
      expect(kit.provider.refreshRequests).toBe(before + 1);
      expect(await kit.sql(ctx, 'SELECT version, generation, sealed FROM credentials')).toEqual([stored]);
      expect([await call(), await status()]).toEqual(['succeeded', 'ACTIVE']);
    });

    it('R3 may still store the answer that it has, when nobody has sent the token since', async () => {
      paused = await kit.addNode();
      kit.clock.advance(3_400_000);
      const { outcome } = await pauseAt('after_answer');
      await kit.letPass(ctx, LEASE);
      expect(await call()).toBe('succeeded');
      goOn();
      await outcome;
      await paused.settled();
      expect([await kit.generation(ctx), await status(), await call()]).toEqual([1, 'ACTIVE', 'succeeded']);
    });
  });
});

describe('R2 a node that dies in the middle of a refresh, at a provider with a grace', () => {
  beforeAll(() => start({ graceSeconds: 600 }));
  afterAll(() => kit.stop());
  beforeEach(() => {
    kit.provider.tokens.rules = { ...kit.provider.tokens.rules, graceMs: 600_000 };
  });

  it('R2 with the answer in its hands: another node redeems again within the grace, and nobody has to reconnect', async () => {
    kit.expire();
    await dieAt('after_answer');
    await kit.letPass(ctx, LEASE);
    expect([await call(), await status(), await kit.generation(ctx)]).toEqual(['succeeded', 'ACTIVE', 1]);
  });

  it.each([1, 2])('R3 an owner that comes back %p refreshes too late overwrites nothing', async (refreshes) => {
    kit.expire();
    await dieAt('after_answer');
    await kit.letPass(ctx, LEASE);
    for (let refresh = 0; refresh < refreshes; refresh++) {
      // Not before the first: that one has to come within the grace
      if (refresh > 0) kit.expire();
      expect(await call()).toBe('succeeded');
    }
    const [stored] = await kit.sql(ctx, 'SELECT version, generation, sealed FROM credentials');
    dying.timings.gates.after_answer.open();
    expect(await ended(dying.call(ctx, 'ada'))).toBe('succeeded');
    expect(await kit.sql(ctx, 'SELECT version, generation, sealed FROM credentials')).toEqual([stored]);
    expect((await kit.events(ctx)).filter((type) => type === 'connected_account.refreshed')).toHaveLength(refreshes);
  });
});

describe('R2 a token that was sent more than once, at a provider with a grace', () => {
  beforeAll(() => start({ graceSeconds: 600 }));
  afterAll(() => kit.stop());
  beforeEach(() => {
    kit.provider.tokens.rules = { ...kit.provider.tokens.rules, graceMs: 600_000 };
  });

  it('R2 has its grace from when it was sent first: after that it is kept as long as the old access token works', async () => {
    kit.clock.advance(3_400_000);
    kit.provider.settings.nextTokenFaults = ['drop_after', 'drop_after'];
    const before = kit.provider.refreshRequests;
    for (const passes of [500_000, 100_000, 0]) {
      // One that remembers nothing of what came before
      const node = await kit.addNode();
      expect(await ended(node.call(ctx, 'ada'))).toBe('succeeded');
      await node.settled();
      await kit.letPass(ctx, passes);
    }
    expect(kit.provider.refreshRequests - before).toBe(2);
    expect((await kit.journal(ctx)).state).toBe('unanswered');
  });
});

describe('R3 an owner that comes back with an answer while another node has sent the token again', () => {
  beforeAll(() => start({ graceSeconds: 600 }));
  afterAll(() => kit.stop());

  it('R3 waits for what that comes to: of two pairs, the one that was issued last is kept', async () => {
    kit.provider.tokens.rules = { ...kit.provider.tokens.rules, graceMs: 600_000 };
    const written: unknown[] = [];
    const owner = await kit.addNode({
      database: databaseThat(async (work) => {
        const result = await work();
        written.push(result);
        return result;
      }),
    });
    kit.expire();
    owner.die('after_answer');
    const late = ended(owner.call(ctx, 'ada'));
    await owner.timings.gates.after_answer.arrived();
    await kit.letPass(ctx, LEASE);
    kit.provider.beforeAnswer.close();
    const second = call();
    await kit.provider.beforeAnswer.arrived();
    written.length = 0;
    owner.timings.gates.after_answer.open();
    // It has tried more than once, so it did not store what it has
    await until(async () => written.length > 2);
    expect(await kit.generation(ctx)).toBe(0);
    kit.provider.beforeAnswer.open();
    expect([await second, await late, await status(), await kit.generation(ctx)]).toEqual([
      'succeeded',
      'succeeded',
      'ACTIVE',
      1,
    ]);
    const issued = [...kit.provider.tokens.accessTokens.keys()].at(-1);
    expect([await call(), kit.provider.apiRequests.at(-1)?.accessToken]).toEqual(['succeeded', issued]);
  });
});

describe('R3 an owner that comes back with an answer after another node has sent the token again, and died', () => {
  beforeAll(() => start({ graceSeconds: 600 }));
  afterAll(() => kit.stop());

  it('R3 stores what it has: nobody is left who could be answered later', async () => {
    kit.provider.tokens.rules = { ...kit.provider.tokens.rules, graceMs: 600_000 };
    const owner = await kit.addNode();
    kit.expire();
    owner.die('after_answer');
    const late = ended(owner.call(ctx, 'ada'));
    await owner.timings.gates.after_answer.arrived();
    await kit.letPass(ctx, LEASE);
    await dieAt('after_answer');
    expect([(await kit.journal(ctx)).state, await kit.generation(ctx)]).toEqual(['sending', 0]);
    await kit.letPass(ctx, LEASE);
    owner.timings.gates.after_answer.open();
    await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 5000))]);
    expect([await kit.generation(ctx), await status()]).toEqual([1, 'ACTIVE']);
  });
});

describe('R2 a node that dies in the middle of a refresh, where a refresh ends the old access token', () => {
  beforeAll(() => start({ endsAccessToken: true }));
  afterAll(() => kit.stop());
  beforeEach(() => {
    kit.provider.tokens.rules = { ...kit.provider.tokens.rules, endsAccessToken: true };
  });

  it('R2 before it was sent: the old access token still works, which proves that nothing was spent', async () => {
    kit.clock.advance(3_400_000);
    await dieAt('before_send');
    await kit.letPass(ctx, LONG);
    expect(await call()).toBe('succeeded');
    await kit.node.settled();
    expect([await kit.generation(ctx), await status()]).toEqual([1, 'ACTIVE']);
  });
});
