import { AppError, type JsonObject } from '#app/kernel';
import type { Connector } from '../connector.js';
import { textOf } from '../json/json-values.js';
import type { ProviderRequest } from '../provider-http.js';
import type { Render, Scope } from '../template/scope.js';
import { openOutlet } from '../text/text-outlet.js';
import { resolveParams } from './resolve-params.js';

/** URLs that replace those of the manifest, for tests, proxies and the sandbox. */
export interface EndpointOverridesLike {
  readonly apiUrl?: string | undefined;
  readonly tokenUrl?: string | undefined;
  readonly authorizeUrl?: string | undefined;
  readonly revokeUrl?: string | undefined;
}

/** Where the provider's API is for an account with these parameters (its captured ones included). */
export function resolveBaseUrl(connector: Connector, params: JsonObject, overrides: EndpointOverridesLike = {}): URL {
  return urlOf(connector, connector.http.renderBaseUrl, params, overrides.apiUrl, connector.http.hosts);
}

export interface AuthUrls {
  readonly authorizeUrl: URL;
  readonly tokenUrl: URL;
  /** Null where the provider has no refresh tokens. */
  readonly refreshUrl: URL | null;
  readonly revokeUrl: URL | null;
}

export function resolveAuthUrls(
  connector: Connector,
  params: JsonObject,
  overrides: EndpointOverridesLike = {},
): AuthUrls {
  const { authorize, token, refresh, revoke } = connector.auth;
  const { hosts } = connector.http;
  return {
    authorizeUrl: urlOf(connector, authorize.renderUrl, params, overrides.authorizeUrl, authorize.hosts),
    tokenUrl: urlOf(connector, token.renderUrl, params, overrides.tokenUrl, hosts),
    refreshUrl: refresh === null ? null : urlOf(connector, refresh.renderUrl, params, overrides.tokenUrl, hosts),
    revokeUrl: revoke === null ? null : urlOf(connector, revoke.renderUrl, params, overrides.revokeUrl, hosts),
  };
}

/**
 * What the authorization server of an account with these parameters calls itself; null where the manifest does not say. A name,
 * not an address: nothing is sent there, and overrides do not change it.
 */
export function resolveIssuer(connector: Connector, params: JsonObject): string | null {
  const { renderIssuer } = connector.auth.authorize;
  return renderIssuer === null ? null : textOf(renderIssuer(scopeOf(connector, params)));
}

/** What the egress guard lets this connector reach: the manifest's hosts, and `host:port` of each override. */
export function allowedHosts(connector: Connector, overrides: EndpointOverridesLike = {}): string[] {
  const urls = [overrides.apiUrl, overrides.tokenUrl, overrides.revokeUrl];
  const extra = urls.flatMap((url) => (url === undefined || url === '' ? [] : [hostAndPort(new URL(url))]));
  return [...new Set([...connector.http.hosts, ...extra])];
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/** A URL taken apart. Reading the parts of a `URL` costs more than a request can spare. */
export type UrlParts = Pick<
  URL,
  'origin' | 'protocol' | 'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search'
>;

/**
 * The full URL of a request. The base's own path stays in front.
 *
 * @throws AppError when the result would leave the base: nothing a template renders can do that, and this is the proof
 */
export function requestUrl(base: URL, { path, query }: Pick<ProviderRequest, 'path' | 'query'>): UrlParts {
  const parts = partsOf(base);
  const pathname = parts.pathname + path;
  if (!PLAIN_PATH.test(pathname)) checkPath(base, pathname);
  return { ...parts, pathname, search: searchOf(query) };
}

/** Segments of unreserved characters, none of which begins with a dot: a URL parser has nothing to do with them. */
const PLAIN_PATH = /^(?:\/[\w~-][\w.~-]*)+$/;

function checkPath(base: URL, pathname: string): void {
  const url = new URL(base);
  url.pathname = pathname;
  if (url.origin !== base.origin || url.pathname !== pathname)
    throw new AppError('invalid_arguments', 'The arguments do not make a valid request path.');
}

/** What a form writes in no other way. */
const PLAIN_QUERY = /^[\w.*-]*$/;

function searchOf(query: ProviderRequest['query']): string {
  if (query.length === 0) return '';
  if (!query.every(([name, value]) => PLAIN_QUERY.test(name) && PLAIN_QUERY.test(value)))
    return `?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()}`;
  return `?${query.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

/** For as long as an account is remembered, its base is the same object, which nobody changes. */
const partsOfBase = new WeakMap<URL, UrlParts>();

function partsOf(base: URL): UrlParts {
  const known = partsOfBase.get(base);
  if (known !== undefined) return known;
  const { origin, protocol, username, password, hostname, port } = base;
  const pathname = base.pathname.replace(/\/+$/, '');
  const parts = { origin, protocol, username, password, hostname, port, pathname, search: '' };
  partsOfBase.set(base, parts);
  return parts;
}

function urlOf(
  connector: Connector,
  render: Render,
  params: JsonObject,
  override: string | undefined,
  hosts: readonly string[],
): URL {
  if (override !== undefined && override !== '') return new URL(override);
  const text = textOf(render(scopeOf(connector, params)));
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !isSafe(url) || !hosts.some((host) => isWithin(url.hostname, host))) {
    throw new AppError('invalid_arguments', `The parameters do not name a host of ${connector.name}.`, {
      internal: `${connector.id}: “${text}” is not https at one of ${hosts.join(', ')}`,
    });
  }
  return url;
}

const scopeOf = (connector: Connector, params: JsonObject): Scope => ({
  args: {},
  account: { principal: null },
  steps: {},
  now: 0,
  outlet: openOutlet(),
  ...resolveParams(connector, params),
});

function isSafe(url: URL): boolean {
  return url.protocol === 'https:' && url.username === '' && url.password === '';
}

function isWithin(hostname: string, suffix: string): boolean {
  return hostname === suffix || hostname.endsWith(`.${suffix}`);
}
