import { request, type Dispatcher } from 'undici';
import type { Gatehouse } from './gatehouse.js';

export const IDENTIFIER = 'user_bench';
const REDIRECTS = new Set([302, 303, 307]);

type Answer = Dispatcher.ResponseData;

/** An access token by client credentials. */
export async function fetchToken({ url, credentials }: Gatehouse): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
  };
  const answer = await request(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
  return (await jsonOf<{ access_token: string }>(answer, 'The token endpoint')).access_token;
}

/** Connects an end user as a browser would: link, the question whose account it is, consent at the provider, callback. */
export async function connectAccount({ url }: Gatehouse, token: string, identifier = IDENTIFIER): Promise<void> {
  const made = await request(`${url}/api/v1/connected_accounts/magic_link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ connector: 'intercom', identifier }),
  });
  const { link } = await jsonOf<{ link: string }>(made, 'The magic link');
  const opened = await request(link);
  const lines = [opened.headers['set-cookie'] ?? []].flat();
  const cookie = lines.map((line) => line.split(';')[0]).join('; ');
  const proof = found(/name="proof" value="([^"]+)"/, await opened.body.text(), 'The connect link');
  const answered = await request(link, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ proof, decision: 'continue' }).toString(),
  });
  const target = found(/http-equiv="refresh" content="0; url=([^"]+)"/, await answered.body.text(), 'The answer');
  const consent = await request(target.replaceAll('&amp;', '&'));
  const callback = await locationOf(consent, 'The consent page');
  await locationOf(await request(callback, { headers: { cookie } }), 'The OAuth callback');
}

function found(pattern: RegExp, page: string, what: string): string {
  const text = pattern.exec(page)?.[1];
  if (text === undefined) throw new Error(`${what} led to another page than expected: ${page.slice(0, 500)}`);
  return text;
}

async function jsonOf<T>({ statusCode, body }: Answer, what: string): Promise<T> {
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${what} answered ${statusCode}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

async function locationOf({ statusCode, headers, body }: Answer, what: string): Promise<string> {
  const text = await body.text();
  if (REDIRECTS.has(statusCode) && typeof headers.location === 'string') return headers.location;
  throw new Error(`${what} answered ${statusCode} instead of a redirect: ${text.slice(0, 500)}`);
}
