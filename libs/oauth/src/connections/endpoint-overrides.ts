import type { EndpointOverrides } from '#app/config';
import { invalid } from '../oauth.errors.js';

const KEYS: readonly (keyof EndpointOverrides)[] = ['authorizeUrl', 'tokenUrl', 'apiUrl', 'revokeUrl'];
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const FIELD: Record<keyof EndpointOverrides, string> = {
  authorizeUrl: 'endpoints.authorize_url',
  tokenUrl: 'endpoints.token_url',
  apiUrl: 'endpoints.api_url',
  revokeUrl: 'endpoints.revoke_url',
};

/** Checks URLs that are to replace those of a manifest. Whether their host may be reached is for the egress policy to say. */
export function checkEndpoints(endpoints: EndpointOverrides): EndpointOverrides {
  const checked: Partial<Record<keyof EndpointOverrides, string>> = {};
  for (const key of KEYS) {
    const text = endpoints[key];
    if (text !== undefined) checked[key] = checkHttpUrl(FIELD[key], text).href.replace(/\/$/, '');
  }
  return checked;
}

/** An absolute http(s) URL without user name, password or fragment; plain http only for this machine. */
export function checkHttpUrl(field: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw invalid(field, 'must be an absolute http or https URL');
  if (url.username !== '' || url.password !== '') throw invalid(field, 'must not hold a user name or password');
  if (url.hash !== '') throw invalid(field, 'must not have a fragment (#…)');
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname))
    throw invalid(field, 'must be an https URL; plain http is only for localhost');
  return url;
}
