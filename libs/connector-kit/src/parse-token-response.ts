import type { JsonObject } from '#app/kernel';
import type { Connector, TokenMap } from './connector.js';
import { paramProblem } from './endpoints/resolve-params.js';
import { ConnectorFailure } from './failure/connector-failure.js';
import { valueAt, type JsonPath } from './json/json-path.js';
import { objectOf } from './json/json-values.js';

export interface TokenResponse {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Null when the provider doesn't say, or says nothing usable. */
  readonly expiresInSeconds: number | null;
  /** Granted scopes; null when the provider doesn't say, so that nothing can be concluded. */
  readonly scopes: string[] | null;
  /** Parameters captured from the answer, checked against the manifest. */
  readonly params: JsonObject;
}

/**
 * Visible ASCII without quotes, backslashes and markup. A space or a control character could end the header that the token goes
 * into; the others have many spellings when they are echoed, and no provider needs them (RFC 6750 knows neither).
 */
const TOKEN = /^[!#-%(-;=?-[\]-_a-z{-~]{1,16384}$/i;

/** What can be a scope (RFC 6749, section 3.3). Nothing else can have been asked for, and NUL is in no text that is stored. */
const SCOPE = /^[!#-[\]-~]{1,200}$/;
/** Each is stored with the account and compared with what was granted before: the provider does not say how long that takes. */
const MOST_SCOPES = 500;

/** The answer of a token endpoint may repeat code and client secret, so nothing but an error code is quoted from it. */
const ERROR_CODE = /^[a-z_]{1,40}$/;

/**
 * Reads the answer of a token endpoint: to a code, or to a refresh token, where a manifest may say that it looks different.
 *
 * @throws ConnectorFailure when it holds no usable token; the message never quotes one
 */
export function parseTokenResponse(
  connector: Connector,
  json: unknown,
  { map }: { readonly map: TokenMap } = connector.auth.token,
): TokenResponse {
  const { capture } = connector.auth.token;
  const accessToken = tokenAt(json, map.accessToken);
  if (accessToken === null) throw noToken(connector, json);
  const expiresIn = Number(valueAt(json, map.expiresIn) ?? Number.NaN);
  return {
    accessToken,
    refreshToken: tokenAt(json, map.refreshToken),
    expiresInSeconds:
      connector.auth.expiry !== 'never' && expiresIn > 0 && expiresIn < 1e10 ? Math.floor(expiresIn) : null,
    scopes: scopesOf(valueAt(json, map.scope), connector.auth.authorize.scopeSeparator),
    params: capturedParams(connector, json, capture),
  };
}

function tokenAt(json: unknown, path: JsonPath): string | null {
  const token = valueAt(json, path);
  return typeof token === 'string' && TOKEN.test(token) ? token : null;
}

function noToken(connector: Connector, json: unknown): ConnectorFailure {
  const error = valueAt(json, ['error']);
  const says = typeof error === 'string' && ERROR_CODE.test(error) ? ` It says: “${error}”.` : '';
  return new ConnectorFailure('provider_error', `${connector.name} gave no usable token.${says}`);
}

function scopesOf(value: unknown, separator: string): string[] | null {
  if (typeof value !== 'string') return null;
  // Providers that document one separator are known to answer with another.
  const named = value.split(separator === '' ? /[\s,]+/ : new RegExp(`[\\s,${separator.replace(/\W/g, '\\$&')}]+`));
  return [...new Set(named)].filter((scope) => SCOPE.test(scope)).slice(0, MOST_SCOPES);
}

function capturedParams(connector: Connector, json: unknown, capture: Readonly<Record<string, JsonPath>>): JsonObject {
  return objectOf(
    Object.entries(capture).flatMap(([name, path]) => {
      const value = valueAt(json, path);
      const param = connector.params[name];
      const usable = param !== undefined && typeof value === 'string' && paramProblem(param, value) === null;
      return usable ? [[name, value] as const] : [];
    }),
  );
}
