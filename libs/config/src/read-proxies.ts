import { Secret } from '#app/kernel';
import type { ProxiesConfig, ProxyServerConfig } from './app-config.js';
import type { Environment } from './environment.js';

/** Read in lower case too, which wins over upper case, as it does in curl. */
export const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/** The proxies of the environment; null when there are none. */
export function readProxies(env: Environment): ProxiesConfig | null {
  const https = serverOf(env.HTTPS_PROXY);
  const http = serverOf(env.HTTP_PROXY);
  if (https === null && http === null) return null;
  const except = (env.NO_PROXY ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return { https, http, except, resolveNames: env.GATEHOUSE_PROXY_DNS === 'proxy' };
}

/** What is wrong with the variables, by name only: a proxy's address may hold a password. */
export const proxyProblems = (env: Environment): string[] =>
  (['HTTPS_PROXY', 'HTTP_PROXY'] as const)
    .filter((name) => env[name] !== undefined && serverOf(env[name]) === null)
    .map((name) => `${name} must be the http or https URL of a proxy, such as http://proxy.example.com:3128`);

function serverOf(text: string | undefined): ProxyServerConfig | null {
  if (text === undefined) return null;
  // As every other program takes it: `proxy:3128` without a scheme is http
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || !isHostOnly(url)) return null;
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    login: url.username === '' ? null : { username: decode(url.username), password: new Secret(decode(url.password)) },
  };
}

const isHostOnly = ({ hostname, pathname, search, hash }: URL): boolean =>
  hostname !== '' && pathname === '/' && search === '' && hash === '';

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
