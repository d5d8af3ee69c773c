import { createHash } from 'node:crypto';
import { request } from 'undici';
import { RotatingProvider } from './rotating-provider.js';
import type { TokenPair } from './token-families.js';

const BACK = 'https://app.example/callback';
const VERIFIER = 'v'.repeat(43);

describe('RotatingProvider', () => {
  let provider: RotatingProvider;
  let time: number;

  beforeEach(async () => {
    time = 1_800_000_000_000;
    provider = await RotatingProvider.start({ now: () => time });
  });
  afterEach(() => provider.stop());

  async function token(fields: Record<string, string>): Promise<{ status: number; pair: TokenPair }> {
    const { clientId, clientSecret } = provider.options;
    const response = await request(provider.endpoints.tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(fields).toString(),
    });
    const { access_token, refresh_token } = (await response.body.json()) as Record<string, string>;
    return {
      status: response.statusCode,
      pair: { accessToken: access_token ?? '', refreshToken: refresh_token ?? '' },
    };
  }

  async function consent(): Promise<TokenPair> {
    const challenge = createHash('sha256').update(VERIFIER).digest('base64url');
    const asked = new URL(
      `${provider.url}/authorize?client_id=rotor-client&redirect_uri=${BACK}&code_challenge=${challenge}&code_challenge_method=S256`,
    );
    const code = provider.authorize(asked).searchParams.get('code') ?? '';
    const grant = { grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: VERIFIER };
    return (await token(grant)).pair;
  }

  const refresh = ({ refreshToken }: TokenPair) =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' });

  const me = async ({ accessToken }: TokenPair): Promise<number> =>
    (await request(`${provider.url}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).statusCode;

  it('issues a new pair for a refresh token, once; the second time kills all that came of the consent', async () => {
    const first = await consent();
    const second = await refresh(first);
    expect([second.status, await me(first), await me(second.pair)]).toEqual([200, 200, 200]);
    expect((await refresh(first)).status).toBe(400);
    expect([await me(first), await me(second.pair), (await refresh(second.pair)).status]).toEqual([401, 401, 400]);
    expect(provider.summary()).toMatchObject({ reuses: 1, killedByReuse: 1, mostRedemptions: 1, refreshRequests: 3 });
  });

  it('forgives a second time within the grace', async () => {
    provider.tokens.rules = { ...provider.tokens.rules, graceMs: 1000 };
    const first = await consent();
    await refresh(first);
    time += 999;
    const again = await refresh(first);
    expect([again.status, await me(again.pair)]).toEqual([200, 200]);
    time += 1;
    expect((await refresh(first)).status).toBe(400);
    expect(await me(again.pair)).toBe(401);
  });

  it('ends the access token before it where it is told to, and by time', async () => {
    const first = await consent();
    provider.tokens.rules = { ...provider.tokens.rules, endsAccessToken: true, accessTokenSeconds: 60 };
    const { pair } = await refresh(first);
    expect([await me(first), await me(pair)]).toEqual([401, 200]);
    time += 60_000;
    expect(await me(pair)).toBe(401);
  });

  it('loses answers, before and after it redeemed', async () => {
    const first = await consent();
    provider.settings.nextTokenFaults = ['drop_before', 'drop_after'];
    await expect(refresh(first)).rejects.toThrow('other side closed');
    expect(provider.summary().redemptions).toBe(0);
    await expect(refresh(first)).rejects.toThrow('other side closed');
    expect(provider.summary().redemptions).toBe(1);
  });

  it('holds requests at its gates', async () => {
    const first = await consent();
    provider.beforeRedeem.close();
    const answer = refresh(first);
    await provider.beforeRedeem.arrived();
    expect(provider.summary()).toMatchObject({ refreshRequests: 1, redemptions: 0 });
    provider.beforeRedeem.open();
    expect((await answer).status).toBe(200);
  });

  it('is told from outside what to do, and tells what happened', async () => {
    const first = await consent();
    const settings = { nextTokenFaults: ['server_error'], accessTokenSeconds: 5 };
    await request(`${provider.url}/control/settings`, { method: 'POST', body: JSON.stringify(settings) });
    expect((await refresh(first)).status).toBe(500);
    expect((await refresh(first)).status).toBe(200);
    await request(`${provider.url}/control/expire`, { method: 'POST' });
    expect(await me(first)).toBe(401);
    const summary = await (await request(`${provider.url}/control/summary`)).body.json();
    expect(summary).toEqual(provider.summary());
  });
});
