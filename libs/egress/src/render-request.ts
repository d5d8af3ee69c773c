import { Secret } from '#app/kernel';
import { refused } from './egress-error.js';
import type { EgressBody, EgressRequest, HeaderValue } from './egress-request.js';

/** A request as it goes onto the wire, and the secrets that are in it. */
export interface RenderedRequest {
  readonly method: Method;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string | Buffer | null;
  /** Every secret in every form in which it was put in. */
  readonly secrets: readonly string[];
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PRINTABLE = /^[\t\x20-\x7e]*$/;
/**
 * Headers that frame the message or speak of the connection belong to the client below; cookies, forwarding and method
 * overrides have no place in an API call and are known ways to confuse the server behind a proxy.
 */
const FORBIDDEN =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|user-agent|accept-encoding|cookie2?|via|forwarded|x-forwarded-.*|x-http-method.*|x-method-override|proxy-.*|sec-.*)$/;

/** Writes headers and body. The only place where secrets are revealed; call it once the destination has been checked. */
export function renderRequest(request: Pick<EgressRequest, 'method' | 'headers' | 'body'>): RenderedRequest {
  const { body } = request;
  const method = METHODS.find((known) => known === request.method);
  if (method === undefined) throw refused('The method must be GET, POST, PUT, PATCH or DELETE');
  if (body !== undefined && method === 'GET') throw refused('A GET request must not have a body');
  const secrets = new Revealed();
  const headers = new HeaderList();
  headers.fixed('user-agent', 'gatehouse');
  // An encoded answer would need an unpacker with limits of its own, and secrets could not be found in it
  headers.fixed('accept-encoding', 'identity');
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.add(name, headerText(value, secrets));
  if (body !== undefined) headers.add('content-type', contentType(body));
  const text = body === undefined ? null : bodyText(body, secrets);
  return { method, headers: headers.list, body: text, secrets: secrets.values };
}

class HeaderList {
  readonly list: string[] = [];

  fixed(name: string, value: string): void {
    this.list.push(name, value);
  }

  add(name: string, value: string): void {
    const lower = checkedName(name);
    if (!PRINTABLE.test(value)) throw refused(`The header ${lower} holds a line break or a character outside of ASCII`);
    for (let i = 0; i < this.list.length; i += 2)
      if (this.list[i] === lower) throw refused(`The header ${lower} is given twice`);
    this.list.push(lower, value);
  }
}

/** Names that were found in order, as they are given: they come from manifests, so there are few of them. */
const checkedNames = new Map<string, string>();
const MOST_NAMES = 1_000;

function checkedName(name: string): string {
  const known = checkedNames.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (!TOKEN.test(lower)) throw refused('A header name holds a character that is not allowed');
  if (FORBIDDEN.test(lower)) throw refused(`The header ${lower} can't be set`);
  if (checkedNames.size < MOST_NAMES) checkedNames.set(name, lower);
  return lower;
}

class Revealed {
  readonly values: string[] = [];

  reveal(secret: Secret): string {
    return this.note(secret.reveal());
  }

  note(text: string): string {
    this.values.push(text);
    return text;
  }
}

function headerText(value: HeaderValue, secrets: Revealed): string {
  if (typeof value === 'string') return value;
  if (value instanceof Secret) return secrets.reveal(value);
  if ('secret' in value) return value.prefix + secrets.reveal(value.secret);
  const pair = `${formEncode(value.username)}:${formEncode(secrets.reveal(value.password))}`;
  return `Basic ${secrets.note(Buffer.from(pair).toString('base64'))}`;
}

function contentType(body: EgressBody): string {
  if ('json' in body) return 'application/json';
  return 'form' in body ? 'application/x-www-form-urlencoded' : body.contentType;
}

function bodyText(body: EgressBody, secrets: Revealed): string | Buffer {
  if ('text' in body) return body.text;
  if ('json' in body) return jsonText(body.json, secrets);
  const pairs = Object.entries(body.form).map(([name, value]): [string, string] => [
    name,
    value instanceof Secret ? secrets.reveal(value) : value,
  ]);
  return new URLSearchParams(pairs).toString();
}

function jsonText(json: unknown, secrets: Revealed): string {
  // A Secret has already turned itself into `[secret]` in `value`; the holder still has it
  const text = JSON.stringify(json, function (this: Record<string, unknown>, key, value: unknown) {
    const held = this[key];
    return held instanceof Secret ? secrets.reveal(held) : value;
  });
  if (text === undefined) throw refused('The JSON body has no JSON form');
  return text;
}

/** `application/x-www-form-urlencoded`, as RFC 6749 section 2.3.1 wants the parts of HTTP Basic. */
const formEncode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
