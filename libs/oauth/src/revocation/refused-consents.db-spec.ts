import { AppError, Secret, type RequestContext } from '#app/kernel';
import { ended, OAuthKit } from '../../test/oauth-kit.js';
import type { ConnectResult } from '../connect/connect-flow.js';
import { FlowCompletion } from '../connect/flow-completion.js';
import { ConnectionsService } from '../connections/connections.service.js';
import { ExpiredCleanup } from '../expired-cleanup.js';
import { RevocationSender } from './revocation-sender.js';
import { UpstreamRevocations } from './upstream-revocations.js';

describe('tokens of consents that are refused', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
    asUser(kit, `u_${ctx.tenantId}`);
    kit.provider.identityFailure = null;
    kit.provider.revokeRequests.length = 0;
  });

  const run = (): Promise<number> => kit.get(RevocationSender).run();
  const queue = async (): Promise<unknown[]> => {
    const { items } = await kit.get(UpstreamRevocations).list(ctx);
    return items.toReversed().map(({ identifier, state, reason }) => `${identifier} ${state}: ${reason}`);
  };
  const revoked = (): (string | undefined)[] => kit.provider.revokeRequests.map(({ token }) => token);

  it('O4 another identifier than the link’s: revoked at the provider, and destroyed', async () => {
    const authRequestId = await kit.awaitVerification(ctx, 'ada');
    expect(await ended(kit.accounts.verifyUser(ctx, { authRequestId, identifier: 'eve' }))).toBe('permission_denied');
    await run();
    expect(await queue()).toEqual(['ada done: verification_identifier_mismatch']);
    expect(revoked()).toEqual([kit.provider.refreshTokens.at(-1), kit.provider.issuedTokens.at(-1)]);
    expect(await kit.sql(ctx, 'SELECT * FROM credentials')).toEqual([]);
  });

  it('O4 nobody vouched in time: revoked at the provider, and destroyed', async () => {
    await kit.awaitVerification(ctx, 'ada');
    kit.clock.advance(10 * 60_000);
    await kit.get(ExpiredCleanup).run();
    await run();
    expect(await queue()).toEqual(['ada done: verification_expired']);
    expect(revoked()).toEqual([kit.provider.refreshTokens.at(-1), kit.provider.issuedTokens.at(-1)]);
  });

  it('O4 a second use of the verification finds nothing, and revokes nothing that is in use', async () => {
    const authRequestId = await kit.awaitVerification(ctx, 'ada');
    await kit.accounts.verifyUser(ctx, { authRequestId, identifier: 'ada' });
    expect(await ended(kit.accounts.verifyUser(ctx, { authRequestId, identifier: 'ada' }))).toBe('not_found');
    await run();
    expect(await queue()).toEqual([]);
  });

  it('O5 somebody else consented: that one’s tokens are revoked, and the account keeps its own', async () => {
    await kit.connect(ctx, 'ada');
    asUser(kit, `other_${ctx.tenantId}`);
    expect(await ended(kit.connect(ctx, 'ada'))).toBe('identity_mismatch');
    await run();
    expect(await queue()).toEqual(['ada done: identity_mismatch']);
    expect(revoked()).toContain(kit.provider.issuedTokens.at(-1));
    expect((await kit.account(ctx, 'ada')).status).toBe('ACTIVE');
  });

  it('are revoked when the provider does not say whose they are, but not beside a grant of the account that is in use', async () => {
    kit.provider.identityFailure = 'server_error';
    expect(await ended(kit.connect(ctx, 'ada'))).toBe('identity_failed');
    expect(await queue()).toEqual(['ada pending: identity_failed']);
    kit.provider.identityFailure = null;
    await kit.connect(ctx, 'bob');
    kit.provider.identityFailure = 'server_error';
    expect(await ended(kit.connect(ctx, 'bob'))).toBe('identity_failed');
    expect(await queue()).toEqual(['ada pending: identity_failed', 'bob skipped: identity_failed']);
  });

  describe('when something of ours fails behind the exchange', () => {
    const failing = async (fails: (real: () => Promise<ConnectResult>) => Promise<ConnectResult>): Promise<void> => {
      const completion = kit.get(FlowCompletion);
      const complete = completion.complete.bind(completion);
      completion.complete = (...args) => fails(() => complete(...args));
      expect(await ended(kit.connect(ctx, 'ada'))).toBe('not_available');
      completion.complete = complete;
    };
    const lost = (): Promise<never> => Promise.reject(new AppError('not_available', 'The connection was lost'));

    it('are revoked when they could not be stored', async () => {
      await failing(lost);
      await run();
      expect(await queue()).toEqual(['ada done: not_stored']);
      expect(revoked()).toContain(kit.provider.issuedTokens.at(-1));
    });

    it('are not when they were stored, and only the acknowledgement of that was lost', async () => {
      await failing((real) => real().then(lost));
      await run();
      expect(await queue()).toEqual(['ada skipped: not_stored']);
      expect(revoked()).toEqual([]);
      expect((await kit.account(ctx, 'ada')).status).toBe('ACTIVE');
    });
  });

  it('are not revoked where the same user’s consent is in use: at the provider it may be one grant', async () => {
    await kit.connect(ctx, 'ada');
    const authRequestId = await kit.awaitVerification(ctx, 'ada');
    expect(await ended(kit.accounts.verifyUser(ctx, { authRequestId, identifier: 'eve' }))).toBe('permission_denied');
    expect(await queue()).toEqual(['ada skipped: verification_identifier_mismatch']);
    const kept = await kit.sql(ctx, 'SELECT sealed, client_secret_sealed FROM upstream_revocations');
    expect(kept).toEqual([{ sealed: null, client_secret_sealed: null }]);
  });

  it('end with the next consent of the user that takes their place', async () => {
    await kit.awaitVerification(ctx, 'ada');
    const first = kit.provider.issuedTokens.at(-1);
    asUser(kit, `other_${ctx.tenantId}`);
    await kit.connect(ctx, 'ada');
    await run();
    expect(await queue()).toEqual(['ada done: consent_replaced']);
    expect(revoked()).toContain(first);
  });

  it('belong to the app that they were issued to: it can’t be replaced while an account holds some', async () => {
    await kit.connect(ctx, 'ada');
    const { id, connectionId } = await kit.account(ctx, 'ada');
    const other = { oauthClientId: 'another-client', clientSecret: new Secret('s') };
    expect(await ended(kit.get(ConnectionsService).update(ctx, connectionId, other))).toBe('conflict');
    await kit.accounts.disconnect(ctx, id);
    expect(await ended(kit.get(ConnectionsService).update(ctx, connectionId, other))).toBe('succeeded');
    // As the app of before
    await run();
    expect(await queue()).toEqual(['ada done: disconnected']);
  });

  it('O11 a deleted connection takes all of its accounts’ tokens along, in one transaction', async () => {
    for (const identifier of ['ada', 'bob', 'cy']) await kit.connect(ctx, identifier);
    const { connectionId } = await kit.account(ctx, 'ada');
    await kit.get(ConnectionsService).delete(ctx, connectionId);
    expect(await kit.sql(ctx, 'SELECT * FROM credentials')).toEqual([]);
    await run();
    const all = ['ada', 'bob', 'cy'].map((identifier) => `${identifier} done: connection_deleted`);
    expect(new Set(await queue())).toEqual(new Set(all));
    expect(revoked()).toHaveLength(6);
  });
});

const asUser = (kit: OAuthKit, id: string): void => {
  kit.provider.user = { id, email: 'a@b.example', workspace: 'ws_1' };
};
