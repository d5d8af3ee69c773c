import type { OAuth2Auth } from '#app/connector-kit';
import type { EgressBody, EgressResponse, HeaderValue } from '#app/egress';
import type { Secret } from '#app/kernel';

/** Form or JSON fields of a token request. */
export type TokenFields = Readonly<Record<string, string | Secret>>;

/** How the app shows who it is. */
export interface AppCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

export interface RenderedTokenRequest {
  readonly headers: Record<string, HeaderValue>;
  readonly body: EgressBody;
}

export const MAX_TOKEN_ANSWER_BYTES = 256 * 1024;

/** A request to a token endpoint: the grant's fields, and the app's credentials where the manifest wants them. */
export function renderTokenRequest(
  { clientAuth, encoding }: Pick<OAuth2Auth['token'], 'clientAuth' | 'encoding'>,
  headers: Readonly<Record<string, string>>,
  { clientId, clientSecret }: AppCredentials,
  fields: TokenFields,
): RenderedTokenRequest {
  const own = manifestHeaders(headers);
  if (clientAuth === 'basic') {
    const authorization = { username: clientId, password: clientSecret };
    return { headers: { ...own, authorization }, body: encode(encoding, fields) };
  }
  return { headers: own, body: encode(encoding, { ...fields, client_id: clientId, client_secret: clientSecret }) };
}

/** The JSON of an answer; undefined when it is none. Without a parser's error, which quotes what it read: perhaps a token. */
export function readTokenAnswer({ body }: Pick<EgressResponse, 'body'>): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The content type follows from the encoding. */
function manifestHeaders(headers: Readonly<Record<string, string>>): Record<string, HeaderValue> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { accept: 'application/json', ...Object.fromEntries(lower.filter(([name]) => name !== 'content-type')) };
}

const encode = (encoding: 'form' | 'json', fields: TokenFields): EgressBody =>
  encoding === 'json' ? { json: fields } : { form: fields };
