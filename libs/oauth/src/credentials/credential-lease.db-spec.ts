import { inspect } from 'node:util';
import { ProviderTransportError, type ProviderHttp, type ProviderRequest } from '#app/connector-kit';
import { newId, type RequestContext } from '#app/kernel';
import { ended, OAuthKit } from '../../test/oauth-kit.js';
import type { AccountForCall } from '../accounts/connected-account.js';
import { CredentialLease } from './credential-lease.js';
import { CredentialSeals } from './credential-seals.js';

const ME: ProviderRequest = { method: 'GET', path: '/me', query: [], headers: {}, write: false };

describe('CredentialLease', () => {
  let kit: OAuthKit;
  let ctx: RequestContext;
  let account: AccountForCall;

  beforeAll(async () => {
    kit = await OAuthKit.start();
  });
  afterAll(() => kit.stop());
  beforeEach(async () => {
    ctx = await kit.tenant();
    await kit.connection(ctx);
    await kit.connect(ctx, 'user_1');
    account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
  });

  const authorise = (of = account): Promise<ProviderHttp> => kit.get(CredentialLease).authorise(ctx, of);
  const send = async (request: Partial<ProviderRequest> = {}): Promise<{ status: number; body: string }> => {
    const response = await (await authorise()).send({ ...ME, ...request }, { timeoutMs: 2000 });
    return { status: response.status, body: response.body.toString() };
  };

  it('calls the provider as the user, and shows the credential to nobody', async () => {
    expect(await send()).toMatchObject({ status: 200, body: expect.stringContaining('ada@example.com') as string });
    const token = kit.provider.issuedTokens.at(-1) ?? '';
    const http = await authorise();
    expect(inspect(http, { depth: 10, showHidden: true })).not.toContain(token);
    expect(JSON.stringify(http)).not.toContain(token);
  });

  it('puts its own credential in the place of one that a request brings along', async () => {
    expect(await send({ headers: { authorization: 'Bearer stolen' } })).toMatchObject({ status: 200 });
  });

  it('E2 does not leave the base URL', async () => {
    for (const path of ['/../me', '/a/../../me', '/\\evil.example', 'me', '@evil.example/'])
      expect(await ended(send({ path }))).not.toBe('succeeded');
  });

  it('tells the engine how a request failed, and whether it may have arrived', async () => {
    kit.provider.identityFailure = 'hang';
    const failure = (await authorise()).send(ME, { timeoutMs: 100 });
    await expect(failure).rejects.toMatchObject({ kind: 'timeout', sent: true });
    await expect(failure).rejects.toBeInstanceOf(ProviderTransportError);
    kit.provider.identityFailure = null;
  });

  it('refuses an account that has moved on since it was resolved', async () => {
    await kit.accounts.disconnect(ctx, account.id);
    expect(await ended(authorise())).toBe('conflict');
  });

  it.each([
    ['the account is another version of itself', 'UPDATE connected_accounts SET version = version + 1'],
    ['the credential is one of another version', 'UPDATE credentials SET version = version + 1'],
    [
      'account and credential are another version',
      `WITH moved AS (UPDATE credentials SET version = version + 1)
       UPDATE connected_accounts SET version = version + 1`,
    ],
    ['the account is not active', `UPDATE connected_accounts SET status = 'EXPIRED'`],
    ['the credential waits for verification', `UPDATE credentials SET slot = 'pending'`],
    ['the connection is disabled', `UPDATE connections SET status = 'disabled'`],
    ['the tenant is suspended', `UPDATE tenants SET status = 'suspended'`],
  ])('N1 looks again after admission and refuses when %s', async (_, change) => {
    await kit.sql(ctx, change);
    expect(await ended(authorise())).toBe('conflict');
  });

  it('calls with the new credential as soon as the user has consented again', async () => {
    await send();
    await kit.connect(ctx, 'user_1');
    account = await kit.accounts.resolveForCall(ctx, { identifier: 'user_1' }, 'toy');
    expect(await send()).toMatchObject({ status: 200 });
  });

  it('keeps the refresh token apart, sealed, and never in the clear', async () => {
    const [row] = await kit.sql<{ sealed: Buffer }>(ctx, 'SELECT sealed FROM credentials');
    for (const secret of [kit.provider.issuedTokens.at(-1), kit.provider.refreshTokens.at(-1)])
      expect(row?.sealed.includes(secret ?? '')).toBe(false);
  });

  describe('V2 a ciphertext that was moved in the database', () => {
    beforeEach(() => kit.connect(ctx, 'user_2'));

    const expectIncident = async (of: AccountForCall): Promise<void> => {
      expect(await ended(authorise(of))).toBe('not_available');
      expect((await kit.events(ctx)).at(-1)).toMatch(/^vault\.open_failed: /);
    };

    it('does not open for another account', async () => {
      await kit.sql(
        ctx,
        `UPDATE credentials SET sealed = (SELECT c.sealed FROM credentials c JOIN connected_accounts a ON a.id = c.account_id
           WHERE a.identifier = 'user_2') WHERE account_id = $1`,
        [account.id],
      );
      await expectIncident(account);
    });

    it('does not open for another version of the same account', async () => {
      await kit.sql(ctx, 'UPDATE credentials SET version = version + 1 WHERE account_id = $1', [account.id]);
      await kit.sql(ctx, 'UPDATE connected_accounts SET version = version + 1 WHERE id = $1', [account.id]);
      await expectIncident({ ...account, version: account.version + 1 });
    });

    it('does not open for another generation of the same version', async () => {
      await kit.sql(ctx, 'UPDATE credentials SET generation = generation + 1 WHERE account_id = $1', [account.id]);
      await expectIncident(account);
    });

    it('does not open in use when it waited for verification', async () => {
      await kit.awaitVerification(ctx, 'user_3');
      await kit.sql(ctx, `UPDATE credentials SET slot = 'active' WHERE slot = 'pending'`);
      await kit.sql(ctx, `UPDATE connected_accounts SET status = 'ACTIVE' WHERE identifier = 'user_3'`);
      const forged = await kit.accounts.resolveForCall(ctx, { identifier: 'user_3' }, 'toy');
      await expectIncident(forged);
    });

    it('does not open for another connection', async () => {
      await expectIncident({ ...account, connectionId: newId('connection') });
    });
  });

  it('V1 fails closed when any byte of a stored credential is changed', async () => {
    const [row] = await kit.sql<{ sealed: Buffer }>(ctx, 'SELECT sealed FROM credentials');
    const sealed = row?.sealed ?? Buffer.alloc(0);
    const seals = kit.get(CredentialSeals);
    const place = { account, slot: 'active' as const, version: account.version, generation: 0 };
    const firstPart = 5 + sealed.readUInt32BE(1);
    const opened: string[] = [];
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      if ((await ended(seals.open(ctx, place, changed))) === 'succeeded') opened.push(`both, at ${at}`);
      if (at >= firstPart) continue;
      if ((await ended(seals.openAccessToken(ctx, place, changed))) === 'succeeded') opened.push(`the first, at ${at}`);
    }
    expect(opened).toEqual([]);
    expect(sealed.length).toBeGreaterThan(firstPart);
    expect((await seals.open(ctx, place, sealed)).refreshToken?.reveal()).toBe(kit.provider.refreshTokens.at(-1));
  });
});
