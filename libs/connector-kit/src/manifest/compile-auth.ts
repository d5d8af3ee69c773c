import type { Json } from '#app/kernel';
import type { HttpSettings, IdentityPlan, OAuth2Auth, RevokeSettings, SignalSettings } from '../connector.js';
import type { JsonPath } from '../json/json-path.js';
import { compileProjection, pathOf } from '../projection/compile-projection.js';
import { compileRequest } from '../run/request-plan.js';
import { compileText } from '../template/compile-template.js';
import type { Variables } from '../template/variables.js';
import { compileRefresh } from './compile-refresh.js';
import { compileTokenMap } from './compile-token-map.js';
import type { IdentityManifest, OAuth2Manifest, ParamManifest } from './manifest.js';
import type { ManifestPlace } from './manifest-error.js';

interface Context {
  readonly http: HttpSettings;
  readonly params: Readonly<Record<string, ParamManifest>>;
  readonly variables: Variables;
}

/** Compiles one entry of `auth`. */
export function compileAuth(auth: OAuth2Manifest, context: Context, place: ManifestPlace): OAuth2Auth {
  const { authorize, token } = auth;
  const { issuer, answersWithIssuer = false } = authorize;
  if (answersWithIssuer && issuer === undefined)
    throw place.at('authorize', 'answersWithIssuer').error('Nobody could be recognised.', 'Name the issuer too.');
  const tokenMap = compileTokenMap(token.map ?? {}, place.at('token', 'map'));
  return {
    id: auth.id,
    kind: auth.kind,
    principal: auth.principal,
    expiry: auth.expiry,
    authorize: {
      params: authorize.params ?? {},
      scopeParam: authorize.scopeParam ?? null,
      scopeSeparator: authorize.scopeSeparator ?? ' ',
      pkce: authorize.pkce,
      hosts: authorize.hosts ?? context.http.hosts,
      renderUrl: compileText(authorize.url, context.variables, place.at('authorize', 'url')),
      renderIssuer:
        issuer === undefined ? null : compileText(issuer, context.variables, place.at('authorize', 'issuer')),
      answersWithIssuer,
    },
    token: {
      clientAuth: token.clientAuth,
      encoding: token.encoding,
      extra: token.extra ?? {},
      headers: token.headers ?? {},
      map: tokenMap,
      capture: compileCapture(token.capture ?? {}, context.params, place.at('token', 'capture')),
      renderUrl: compileText(token.url, context.variables, place.at('token', 'url')),
    },
    refresh: compileRefresh(auth, tokenMap, context.variables, place.at('refresh')),
    defaultScopes: auth.scopes?.default ?? [],
    inject: { header: auth.inject.header.toLowerCase(), prefix: auth.inject.prefix },
    identity: compileIdentity(auth.identity, context, place.at('identity')),
    signals: compileSignals(auth.signals, place.at('signals')),
    revoke: compileRevoke(auth, context.variables, place.at('revoke')),
  };
}

function compileCapture(
  capture: Readonly<Record<string, string>>,
  params: Context['params'],
  place: ManifestPlace,
): Readonly<Record<string, JsonPath>> {
  checkParams(capture, params, place);
  return Object.fromEntries(Object.entries(capture).map(([name, path]) => [name, pathOf(path, place.at(name))]));
}

function checkParams(captured: object, params: Context['params'], place: ManifestPlace): void {
  const unknown = Object.keys(captured).find((name) => !Object.hasOwn(params, name));
  if (unknown !== undefined) throw place.error(`“${unknown}” is not a parameter.`, 'Declare it under params.');
}

function compileIdentity(identity: IdentityManifest, context: Context, place: ManifestPlace): IdentityPlan {
  const { map, facts = {}, params = {} } = identity;
  checkParams(params, context.params, place.at('params'));
  const shape: Json = { ...map, facts, params };
  return {
    request: compileRequest(
      identity.request,
      { http: context.http, write: false },
      context.variables,
      place.at('request'),
    ),
    project: compileProjection(shape, context.variables, place),
    required: map.tenant === undefined ? ['id'] : ['id', 'tenant'],
  };
}

function compileRevoke(
  { revoke, token }: OAuth2Manifest,
  variables: Variables,
  place: ManifestPlace,
): RevokeSettings | null {
  if (revoke === undefined) return null;
  const { url, headers = {}, ...rest } = revoke;
  const usual =
    revoke.tokenIn === 'form'
      ? ({ tokens: 'both', clientAuth: token.clientAuth } as const)
      : ({ tokens: 'access', clientAuth: 'none' } as const);
  return { ...usual, ...rest, headers, renderUrl: compileText(url, variables, place.at('url')) };
}

function compileSignals(signals: OAuth2Manifest['signals'], place: ManifestPlace): SignalSettings | null {
  if (signals === undefined) return null;
  const { signature, workspace } = signals;
  return {
    signature:
      signature === undefined
        ? null
        : {
            algorithm: signature.algorithm,
            header: signature.header.toLowerCase(),
            prefix: signature.prefix ?? '',
          },
    workspace: workspace === undefined ? null : pathOf(workspace, place.at('workspace')),
  };
}
