import {
  checkParams as paramErrors,
  resolveAuthUrls,
  resolveBaseUrl,
  type Connector,
  type ConnectorRegistry,
} from '#app/connector-kit';
import type { EndpointOverrides } from '#app/config';
import type { JsonObject } from '#app/kernel';
import { invalid, quote } from '../oauth.errors.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_: -]{0,99}$/;
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/;
const MAX_SCOPES = 100;

export function checkName(name: string): void {
  if (!NAME.test(name))
    throw invalid(
      'name',
      'must be 1 to 100 letters, digits, spaces, `_`, `:` or `-`, beginning with a letter or digit',
    );
}

export function requireConnector(registry: ConnectorRegistry, id: string): Connector {
  const connector = registry.get(id);
  if (connector !== null) return connector;
  const known = registry.all().map((each) => each.id);
  throw invalid('connector', `there is no connector ${quote(id)}. Known: ${known.join(', ')}`);
}

export function checkScopes(scopes: readonly string[]): string[] {
  const unique = [...new Set(scopes)];
  if (unique.length > MAX_SCOPES || !unique.every((scope) => SCOPE.test(scope)))
    throw invalid('scopes', `must be at most ${MAX_SCOPES} scope names without spaces or quotes`);
  return unique;
}

/** The parameters must be those of the manifest, and its URL templates must come out with them. */
export function checkParams(connector: Connector, params: JsonObject, endpoints: EndpointOverrides): void {
  const [error] = paramErrors(connector, params);
  if (error !== undefined) throw invalid(`params.${error.field}`, error.message);
  resolveBaseUrl(connector, params, endpoints);
  resolveAuthUrls(connector, params, endpoints);
}
