import { inspect } from 'node:util';
import type { EgressClient, EgressRequest } from '#app/egress';
import { Secret, type RequestContext } from '#app/kernel';
import { toyConnectors } from '#app/testing';
import { OAuthSettings } from '../oauth-settings.js';
import type { ProviderApp, ProviderApps } from '../connections/provider-apps.js';
import { ConnectFailure } from './connect-failure.js';
import { ConnectTimes } from './connect-times.js';
import { TokenExchange, type TokenGrant } from './token-exchange.js';

const CODE = 'thecodefromthelink';
const CLIENT_SECRET = 'the_client_secret';
const settings = new OAuthSettings('http://gatehouse.test', 1000, 1000, 1000);

/** Exchanges a code with a provider that gives this answer. */
function exchange(status: number, answer: unknown): Promise<TokenGrant> {
  const connector = toyConnectors([{ id: 'toy', clientAuth: 'body', pkce: 'none' }]).get('toy');
  const app = { connector, connection: { oauthClientId: 'id' }, scopes: ['asked:for'], redirectUri: 'http://x/' };
  const apps: Pick<ProviderApps, 'clientSecret'> = { clientSecret: async () => new Secret(CLIENT_SECRET) };
  const egress: Pick<EgressClient, 'send'> = {
    send: async (_request: EgressRequest) => ({ status, headers: {}, body: Buffer.from(JSON.stringify(answer)) }),
  };
  const times = new ConnectTimes({ now: () => 0 }, settings);
  const subject = new TokenExchange(apps as ProviderApps, egress as EgressClient, settings, times);
  const proof = { code: new Secret(CODE), verifier: null };
  return subject.exchange({} as RequestContext, app as unknown as ProviderApp, proof);
}

async function failureOf(status: number, answer: unknown): Promise<ConnectFailure> {
  const outcome: unknown = await exchange(status, answer).catch((error: unknown) => error);
  if (outcome instanceof ConnectFailure) return outcome;
  throw new Error('The exchange should have failed', { cause: outcome });
}

describe('TokenExchange', () => {
  it.each([
    ['code and client secret in a sentence', `bad code=${CODE} client_secret=${CLIENT_SECRET}`],
    ['a code that looks like an error code', CODE],
    ['a client secret that looks like an error code', CLIENT_SECRET],
  ])('V11 puts nothing of %s into the log when a success holds no token', async (_, error) => {
    const failure = await failureOf(200, { error, error_description: error });
    expect(failure.internal).toContain('gave no usable token.');
    const logged = inspect(failure, { depth: 10 });
    expect(logged).not.toContain(CODE);
    expect(logged).not.toContain(CLIENT_SECRET);
  });

  it('says which error code a success without a token gives', async () => {
    expect((await failureOf(200, { error: 'bad_verification_code' })).internal).toContain('“bad_verification_code”');
  });

  it.each(['code=c0de', 'Invalid', 'x'.repeat(41), { a: 1 }])(
    'quotes of a refusal no more than an error code: %j',
    async (error) => {
      expect((await failureOf(400, { error })).internal).toBe('The token endpoint answered 400');
      expect((await failureOf(400, { error: 'invalid_grant' })).internal).toBe(
        'The token endpoint answered 400 invalid_grant',
      );
    },
  );

  it('V11 keeps no secret among the scopes, where everybody may see it', async () => {
    const scope = `read at-0123456789 x:${CODE} ${CLIENT_SECRET}`;
    const grant = await exchange(200, { access_token: 'at-0123456789', scope });
    expect(grant.grantedScopes).toEqual(['read', '[redacted]', 'x:[redacted]', '[redacted]']);
    expect((await exchange(200, { access_token: 'at-0123456789' })).grantedScopes).toEqual(['asked:for']);
  });
});
