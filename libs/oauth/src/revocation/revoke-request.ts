import { allowedHosts, resolveAuthUrls, type Connector, type RevokeSettings } from '#app/connector-kit';
import type { EgressRequest, HeaderValue } from '#app/egress';
import { AppError, type Secret } from '#app/kernel';
import type { Tokens } from '../credentials/credential-seals.js';
import type { UpstreamRevocationEntity } from '../entities/upstream-revocation.entity.js';

const MAX_ANSWER_BYTES = 64 * 1024;

type App = Pick<UpstreamRevocationEntity, 'oauthClientId' | 'endpoints' | 'params'>;

export interface RevocableToken {
  readonly token: Secret;
  readonly hint: 'access_token' | 'refresh_token';
}

/** The tokens to send, each in a request of its own: the refresh token first, since from it comes more. */
export function tokensToSend({ tokens }: RevokeSettings, { accessToken, refreshToken }: Tokens): RevocableToken[] {
  const access: RevocableToken = { token: accessToken, hint: 'access_token' };
  if (refreshToken === null) return [access];
  const refresh: RevocableToken = { token: refreshToken, hint: 'refresh_token' };
  if (tokens === 'both') return [refresh, access];
  return tokens === 'refresh' ? [refresh] : [access];
}

/** The request that revokes one token, as the manifest says. Throws `AppError` when the parameters no longer make a URL. */
export function revokeRequest(
  connector: Connector,
  revoke: RevokeSettings,
  app: App,
  { token, hint }: RevocableToken,
  clientSecret: Secret | null,
): Omit<EgressRequest, 'timeoutMs'> {
  const url = resolveAuthUrls(connector, app.params, app.endpoints).revokeUrl;
  if (url === null) throw new AppError('not_available', `The connector ${connector.id} does not say how to revoke.`);
  const common = { url, method: revoke.method, allowedHosts: allowedHosts(connector, app.endpoints) };
  const headers: Record<string, HeaderValue> = {
    accept: 'application/json',
    ...lowerCased(revoke.headers),
    ...basic(revoke, app, clientSecret),
  };
  const { inject } = connector.auth;
  if (revoke.tokenIn === 'header')
    return {
      ...common,
      headers: { ...headers, [inject.header]: { prefix: inject.prefix, secret: token } },
      maxResponseBytes: MAX_ANSWER_BYTES,
    };
  // That of a form follows from the form
  delete headers['content-type'];
  const form = { token, token_type_hint: hint, ...inBody(revoke, app, clientSecret) };
  return { ...common, headers, body: { form }, maxResponseBytes: MAX_ANSWER_BYTES };
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, HeaderValue> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const basic = (
  { clientAuth }: RevokeSettings,
  { oauthClientId: username }: App,
  password: Secret | null,
): Record<string, HeaderValue> =>
  clientAuth === 'basic' && password !== null ? { authorization: { username, password } } : {};

/** An app without a secret still says which one it is (RFC 7009, section 2.1). */
function inBody(
  { clientAuth }: RevokeSettings,
  { oauthClientId }: App,
  secret: Secret | null,
): Record<string, string | Secret> {
  if (clientAuth === 'basic') return {};
  return { client_id: oauthClientId, ...(clientAuth === 'body' && secret !== null ? { client_secret: secret } : {}) };
}
