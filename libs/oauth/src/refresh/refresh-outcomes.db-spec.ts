import type { RequestContext } from '#app/kernel';
import { Metrics } from '#app/observability';
import { KeyManagement } from '#app/vault';
import { WebhookOutbox } from '#app/webhooks';
import { ended } from '../../test/oauth-kit.js';
import { RefreshKit, TestTimings, type RefreshNode } from '../../test/refresh-kit.js';
import { ConnectedAccountsService } from '../accounts/connected-accounts.service.js';
import { RefreshCounts } from './refresh-counts.js';
import { RevocationSender } from '../revocation/revocation-sender.js';

const TOO_LONG = 100_000;

let kit: RefreshKit;
let ctx: RequestContext;

async function start(refresh: object | null): Promise<void> {
  kit = await RefreshKit.start(refresh === null ? null : { rotates: true, ...refresh });
}

async function connectAda(): Promise<void> {
  ctx = await kit.tenant();
  await kit.connect(ctx, 'ada');
  const { settings, tokens } = kit.provider;
  Object.assign(settings, { tokenFault: null, nextTokenFaults: [], tokenAnswer: {}, apiFault: null });
  tokens.rules = { ...tokens.rules, ...kit.provider.options };
}

const call = (node: RefreshNode = kit.node): Promise<string> => ended(node.call(ctx, 'ada'));
const status = async (): Promise<string> => (await kit.account(ctx, 'ada')).status;

/** Listens to what webhooks are told of, in a transaction with its cause, until it is asked. */
function tellingOf(outbox: WebhookOutbox): () => string[] {
  const told: string[] = [];
  const publish = outbox.publish.bind(outbox);
  outbox.publish = (em, event) => {
    if (em.queryRunner?.isTransactionActive === true)
      told.push(`${event.type}: ${JSON.stringify(event.data['reason'])}`);
    return publish(em, event);
  };
  return () => {
    outbox.publish = publish;
    return told;
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a refresh', () => {
  beforeAll(() => start({}));
  afterAll(() => kit.stop());
  beforeEach(connectAda);

  const requests = async (work: () => Promise<unknown>): Promise<number> => {
    const before = kit.provider.refreshRequests;
    await work();
    return kit.provider.refreshRequests - before;
  };

  describe('R4 while the token endpoint fails', () => {
    it.each([
      ['server_error', 'provider_unavailable'],
      ['invalid_client', 'app_refused'],
      ['rate_limited', 'provider_unavailable'],
      ['redirect', 'provider_unavailable'],
      ['drop_before', 'no_answer'],
      ['html', 'no_answer'],
      ['bad_gateway', 'no_answer'],
    ] as const)(
      'R4 %s: calls fail at once, the account stays connected, and recovers by itself',
      async (fault, result) => {
        kit.expire();
        kit.provider.settings.tokenFault = fault;
        const error: unknown = await kit.node.call(ctx, 'ada').catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          code: 'provider_error',
          message: expect.stringContaining('The account is still connected.') as string,
          details: { account_status: 'ACTIVE', refresh: result, retry_after: expect.any(Number) as number },
        });
        // However long the first call took, the time to wait has only just begun
        await kit.letPass(ctx, -TOO_LONG);
        expect(await requests(async () => [await call(), await call()])).toBe(0);
        expect(await kit.events(ctx)).toContain(`connected_account.refresh_failed: ${result}`);
        kit.provider.settings.tokenFault = null;
        await kit.letPass(ctx, TOO_LONG * 10);
        expect([await call(), await status()]).toEqual(['succeeded', 'ACTIVE']);
        expect((await kit.journal(ctx)).failures).toBe(0);
      },
    );

    it('R4 minds what the provider asks for', async () => {
      kit.expire();
      kit.provider.settings.tokenFault = 'rate_limited';
      await expect(kit.node.call(ctx, 'ada')).rejects.toMatchObject({ details: { retry_after: 120 } });
    });

    it('R4 waits ever longer, and does not fill the trail', async () => {
      kit.expire();
      kit.provider.settings.tokenFault = 'server_error';
      for (let failure = 1; failure <= 8; failure++) {
        await call();
        await kit.letPass(ctx, TOO_LONG);
      }
      expect((await kit.journal(ctx)).failures).toBe(8);
      const failed = (await kit.events(ctx)).filter((type) => type.startsWith('connected_account.refresh_failed'));
      expect(failed).toHaveLength(4);
    });

    it('R4 goes on with a token that still works', async () => {
      kit.clock.advance(3_400_000);
      kit.provider.settings.tokenFault = 'server_error';
      expect(await call()).toBe('succeeded');
      await kit.node.settled();
      expect(await kit.events(ctx)).toContain('connected_account.refresh_failed: provider_unavailable');
      expect([await call(), await status()]).toEqual(['succeeded', 'ACTIVE']);
    });

    it('R4 goes on no longer than that, however long the provider is to be left alone', async () => {
      kit.clock.advance(3_500_000);
      kit.provider.settings.tokenFault = 'rate_limited';
      expect(await call()).toBe('succeeded');
      await kit.node.settled();
      const before = kit.provider.apiRequests.length;
      kit.clock.advance(110_000);
      expect([await call(), kit.provider.apiRequests.length]).toEqual(['provider_error', before]);
    });

    it('R4 never answers: the next attempt finds out', async () => {
      const impatient = await kit.addNode({ timings: new TestTimings(20_000, 400) });
      kit.expire();
      kit.provider.settings.nextTokenFaults = ['hang'];
      expect(await call(impatient)).toBe('provider_error');
      expect((await kit.journal(ctx)).state).toBe('unanswered');
      await kit.letPass(ctx, TOO_LONG);
      expect([await call(), await status()]).toEqual(['succeeded', 'ACTIVE']);
    });
  });

  it('ends the account when the provider says that the authorization is over, and only then', async () => {
    kit.expire();
    kit.provider.settings.tokenFault = 'invalid_grant';
    const told = tellingOf(kit.node.get(WebhookOutbox));
    expect([await call(), await status()]).toEqual(['auth_expired', 'EXPIRED']);
    expect(told()).toEqual(['connected_account.expired: "invalid_grant"']);
    expect((await kit.account(ctx, 'ada')).statusReason).toBe('invalid_grant');
    expect(await kit.events(ctx)).toContain('connected_account.expired: invalid_grant');
    expect(await requests(call)).toBe(0);
  });

  it('is counted while it is under way, and by how it ended', async () => {
    const told = async (): Promise<string[]> => {
      const text = await kit.node.get(Metrics).registry.metrics();
      return text.split('\n').filter((line) => /^gatehouse_refreshes_.*(flight|refreshed|unavailable)/.test(line));
    };
    const counts = async (): Promise<number[]> => (await told()).map((line) => Number(line.split(' ').at(-1)));
    const [, refreshed = 0, unavailable = 0] = await counts();
    kit.expire();
    kit.provider.beforeAnswer.close();
    const waiting = call();
    await kit.provider.beforeAnswer.arrived();
    expect(await counts()).toEqual([1, refreshed, unavailable]);
    kit.provider.beforeAnswer.open();
    await waiting;
    kit.expire();
    kit.provider.settings.tokenFault = 'server_error';
    await call();
    expect(await counts()).toEqual([0, refreshed + 1, unavailable + 1]);
  });

  it('happens behind a call while the token still works, and the next call has the new one', async () => {
    await call();
    kit.clock.advance(3_400_000);
    kit.provider.beforeAnswer.close();
    expect([await call(), await call()]).toEqual(['succeeded', 'succeeded']);
    await kit.provider.beforeAnswer.arrived();
    kit.provider.beforeAnswer.open();
    await kit.node.settled();
    expect([await kit.generation(ctx), await call()]).toEqual([1, 'succeeded']);
    expect(kit.provider.apiRequests.at(-1)?.accessToken).toBe([...kit.provider.tokens.accessTokens.keys()].at(-1));
    expect(kit.provider.summary().mostPresentations).toBe(1);
  });

  it('keeps its lease while the provider takes its time', async () => {
    const node = await kit.addNode({ timings: new TestTimings(4000) });
    kit.expire();
    kit.provider.beforeAnswer.close();
    const waiting = call(node);
    await kit.provider.beforeAnswer.arrived();
    const { leaseExpiresAt: first } = await kit.journal(ctx);
    await until(async () => ((await kit.journal(ctx)).leaseExpiresAt?.getTime() ?? 0) > (first?.getTime() ?? 0));
    expect(await requests(async () => expect(await ended(refreshElsewhere())).toBe('busy'))).toBe(0);
    kit.provider.beforeAnswer.open();
    expect([await waiting, await call()]).toEqual(['succeeded', 'succeeded']);
    expect(kit.provider.summary().mostPresentations).toBe(1);
  });

  const refreshElsewhere = async (): Promise<void> => {
    const [row] = await kit.sql<{ held: boolean }>(
      ctx,
      'SELECT lease_expires_at > clock_timestamp() AS held FROM credential_refreshes',
    );
    if (row?.held === true) throw Object.assign(new Error('held'), { code: 'busy' });
  };

  describe('R5 a revoke during a refresh', () => {
    it('R5 leaves nothing behind: the new token is revoked upstream, the call and all after it are refused', async () => {
      kit.expire();
      kit.provider.beforeAnswer.close();
      const waiting = call();
      await kit.provider.beforeAnswer.arrived();
      const { id } = await kit.account(ctx, 'ada');
      await kit.node.get(ConnectedAccountsService).disconnect(ctx, id);
      kit.provider.beforeAnswer.open();
      expect(await waiting).toBe('conflict');
      expect([await status(), await kit.sql(ctx, 'SELECT * FROM credentials')]).toEqual(['DISCONNECTED', []]);
      expect(await call()).toBe('conflict');
      expect(await kit.events(ctx)).toContain('connected_account.refresh_discarded: revoked_during_refresh');
      await kit.node.get(RevocationSender).run();
      const newest = [...kit.provider.tokens.refreshTokens.keys()].at(-1);
      expect(kit.provider.revoked).toContain(newest);
    });

    it('R5 V6 keeps nothing of a tenant that is shredded meanwhile, not in memory either', async () => {
      kit.expire();
      kit.provider.beforeAnswer.close();
      const waiting = call();
      await kit.provider.beforeAnswer.arrived();
      const keys = kit.node.get(KeyManagement);
      const order = await kit.database.tenants.withTenant(ctx.tenantId, async (em) => {
        await em.query(`UPDATE tenants SET status = 'shredded'`);
        return keys.destroyKeys(em, ctx.tenantId);
      });
      await keys.allDropped(order);
      kit.provider.beforeAnswer.open();
      expect(await waiting).toBe('conflict');
      expect(kit.node.get(RefreshCounts).all()).toContainEqual(['lost', 0]);
    });

    it('R5 takes no later credential for its own that has the same numbers, as when the scopes change beside a new consent', async () => {
      kit.expire();
      kit.provider.settings.tokenAnswer = { scope: 'things:read' };
      kit.provider.beforeAnswer.close();
      const waiting = call();
      await kit.provider.beforeAnswer.arrived();
      const { id } = await kit.account(ctx, 'ada');
      await kit.consent(ctx, id, 'ada');
      // And what that issued was refreshed since
      await kit.sql(ctx, 'UPDATE credentials SET generation = 1');
      await kit.sql(
        ctx,
        `UPDATE credential_refreshes SET version = version + 1, generation = 1, fence = fence + 1, attempt = fence + 1,
           state = 'ready', owner = NULL, lease_expires_at = NULL`,
      );
      kit.provider.beforeAnswer.open();
      await waiting;
      expect(await kit.events(ctx)).toContain('connected_account.refresh_discarded: revoked_during_refresh');
      const queued = await kit.sql(ctx, 'SELECT reason, state FROM upstream_revocations');
      // The same user's: at the provider it may be the grant in use
      expect(queued).toEqual([{ reason: 'revoked_during_refresh', state: 'skipped' }]);
    });

    it('R5 holds too when the account is deleted', async () => {
      kit.expire();
      kit.provider.beforeAnswer.close();
      const waiting = call();
      await kit.provider.beforeAnswer.arrived();
      await kit.node.get(ConnectedAccountsService).delete(ctx, { connection: 'rotor', identifier: 'ada' });
      kit.provider.beforeAnswer.open();
      expect(await waiting).toBe('conflict');
      await kit.node.get(RevocationSender).run();
      expect(kit.provider.revoked).toContain([...kit.provider.tokens.refreshTokens.keys()].at(-1));
    });

    it.each([
      ['its connection', `UPDATE connections SET status = 'disabled'`],
      ['its tenant', `UPDATE tenants SET status = 'suspended'`],
    ])('R5 a call that waited is refused when %s was switched off meanwhile', async (_, statement) => {
      kit.expire();
      kit.provider.beforeAnswer.close();
      const waiting = call();
      await kit.provider.beforeAnswer.arrived();
      await kit.sql(ctx, statement);
      kit.provider.beforeAnswer.open();
      expect(await waiting).toBe('conflict');
    });
  });

  describe('R6 the answer', () => {
    it('R6 without a refresh token keeps the old one', async () => {
      kit.provider.tokens.rules = { ...kit.provider.tokens.rules, rotates: false };
      for (const generation of [1, 2]) {
        kit.expire();
        expect([await call(), await kit.generation(ctx)]).toEqual(['succeeded', generation]);
      }
    });

    it.each([
      [null, null],
      ['120', 120],
      [-1, null],
      ['soon', null],
      [0, null],
    ])('R6 with expires_in %p', async (expiresIn, seconds) => {
      kit.expire();
      kit.provider.settings.tokenAnswer = { expires_in: expiresIn };
      expect(await call()).toBe('succeeded');
      const { tokenExpiresAt } = await kit.account(ctx, 'ada');
      expect(tokenExpiresAt?.getTime() ?? null).toBe(seconds === null ? null : kit.clock.now() + seconds * 1000);
    });

    it.each([
      ['others', ['things:read', 'other'], { scopes_lost: ['things:write'], scopes_gained: ['other'] }],
      ['fewer', ['things:read'], { scopes_lost: ['things:write'], scopes_gained: [] }],
      ['more', ['things:read', 'things:write', 'other'], { scopes_lost: [], scopes_gained: ['other'] }],
    ])(
      'with %s scopes changes the account, so that what was decided on them is decided anew',
      async (_, scopes, told) => {
        const before = await kit.account(ctx, 'ada');
        kit.expire();
        kit.provider.settings.tokenAnswer = { scope: scopes.join(' ') };
        expect(await call()).toBe('conflict');
        const after = await kit.account(ctx, 'ada');
        expect([after.version, after.grantedScopes]).toEqual([before.version + 1, scopes]);
        expect(await call()).toBe('succeeded');
        expect(await kit.rawEvents(ctx)).toContainEqual(
          expect.objectContaining({
            type: 'connected_account.refreshed',
            detail: expect.objectContaining(told) as object,
          }),
        );
      },
    );

    it('is stored whatever it names as scopes', async () => {
      const { grantedScopes } = await kit.account(ctx, 'ada');
      kit.expire();
      kit.provider.settings.tokenAnswer = { scope: `${grantedScopes.join(' ')} \u0000 ${'x'.repeat(5_000)}` };
      expect(await call()).toBe('succeeded');
      expect((await kit.account(ctx, 'ada')).grantedScopes).toEqual(grantedScopes);
    });

    it('may name another instance', async () => {
      kit.expire();
      kit.provider.settings.tokenAnswer = { instance: 'eu1' };
      expect(await call()).toBe('succeeded');
      expect(await kit.sql(ctx, 'SELECT params FROM connected_accounts')).toEqual([{ params: { instance: 'eu1' } }]);
    });
  });

  describe('a 401', () => {
    it.each([
      ['a read', 'rotor_things_get', {}],
      ['a write', 'rotor_thing_create', { name: 'lamp' }],
    ])('refreshes once, and repeats %s', async (_, tool, args) => {
      const [refusals, things] = [kit.provider.summary().apiRefusals, kit.provider.things.length];
      kit.provider.tokens.expireAccessTokens();
      const { upstreamRequests } = await kit.node.call(ctx, 'ada', tool, args);
      expect(upstreamRequests).toBe(2);
      expect(kit.provider.summary().apiRefusals).toBe(refusals + 1);
      expect(kit.provider.things.length).toBe(things + (tool === 'rotor_thing_create' ? 1 : 0));
      expect(await kit.generation(ctx)).toBe(1);
    });

    it('refreshes nothing where another node has already', async () => {
      kit.provider.tokens.rules = { ...kit.provider.tokens.rules, endsAccessToken: true };
      const other = await kit.addNode();
      await call(other);
      kit.clock.advance(3_400_000);
      await call();
      await kit.node.settled();
      expect(await kit.generation(ctx)).toBe(1);
      kit.clock.advance(-3_400_000);
      expect(await requests(async () => expect(await call(other)).toBe('succeeded'))).toBe(0);
    });

    it('that stays is the end of the call, after one refresh', async () => {
      kit.provider.settings.apiFault = 401;
      expect(await requests(async () => expect(await call()).toBe('auth_expired'))).toBe(1);
    });

    it('R4 does not end the account while the token endpoint is down', async () => {
      kit.provider.tokens.expireAccessTokens();
      kit.provider.settings.tokenFault = 'server_error';
      expect([await call(), await status()]).toEqual(['provider_error', 'ACTIVE']);
    });
  });
});

describe('a provider without refresh tokens', () => {
  beforeAll(() => start(null));
  afterAll(() => kit.stop());
  beforeEach(connectAda);

  it('is never asked for one, whatever time and answers say', async () => {
    kit.expire();
    expect(await call()).toBe('auth_revoked');
    kit.provider.tokens.expireAccessTokens();
    expect(await call()).toBe('auth_revoked');
    expect(kit.provider.refreshRequests).toBe(0);
    expect(await kit.sql(ctx, 'SELECT * FROM credential_refreshes')).toEqual([]);
  });
});

describe('R2 a refresh token of which it is not known whether it was spent', () => {
  beforeAll(() => start({}));
  afterAll(() => kit.stop());
  beforeEach(connectAda);

  it('R2 is not offered again while the old access token works, whoever has hidden the answer', async () => {
    kit.clock.advance(3_400_000);
    kit.provider.settings.nextTokenFaults = ['bad_gateway_after'];
    expect(await call()).toBe('succeeded');
    await kit.node.settled();
    kit.clock.advance(TOO_LONG);
    await kit.letPass(ctx, TOO_LONG);
    const again = async (): Promise<void> => {
      expect(await call()).toBe('succeeded');
      await kit.node.settled();
    };
    const before = kit.provider.refreshRequests;
    await again();
    expect(kit.provider.refreshRequests).toBe(before);
    expect(kit.provider.summary().killedByReuse).toBe(0);
  });

  it('R2 stays in doubt through an outage: the user is told the true reason in the end', async () => {
    kit.expire();
    kit.provider.settings.nextTokenFaults = ['drop_after', 'server_error'];
    for (const _lost of ['the answer', 'the last resort']) {
      expect([await call(), await status()]).toEqual(['provider_error', 'ACTIVE']);
      await kit.letPass(ctx, TOO_LONG);
    }
    expect((await kit.journal(ctx)).state).toBe('unanswered');
    expect([await call(), await status()]).toEqual(['auth_expired', 'EXPIRED']);
    expect((await kit.account(ctx, 'ada')).statusReason).toBe('refresh_outcome_lost');
  });
});
