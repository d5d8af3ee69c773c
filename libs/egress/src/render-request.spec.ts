import { Secret } from '#app/kernel';
import { EgressError } from './egress-error.js';
import type { HeaderValue } from './egress-request.js';
import { renderRequest } from './render-request.js';

const render = (headers: Record<string, HeaderValue>) => renderRequest({ method: 'GET', headers });
const FIXED = ['user-agent', 'gatehouse', 'accept-encoding', 'identity'];

describe('renderRequest', () => {
  it.each([
    'a\r\nx-evil: 1',
    'a\nb',
    'a\rb',
    'a\0b',
    'a\u2028b',
    'a\u010ab', // becomes a line feed when cut to 8 bits
    'ü',
    '\u007f',
  ])('E2 refuses the header value %j, also inside of a secret', (value) => {
    const secret = new Secret(value);
    for (const header of [
      value,
      secret,
      { prefix: 'Bearer ', secret },
      { prefix: value, secret: new Secret('fine') },
    ]) {
      expect(() => render({ 'x-a': header })).toThrow(EgressError);
      expect(() => render({ 'x-a': header })).not.toThrow(value);
    }
  });

  it.each(['x a', 'x:a', 'x\r\na', '', 'x(', 'ü', 'x\0'])('E2 refuses the header name %j', (name) => {
    expect(() => render({ [name]: 'v' })).toThrow('A header name holds a character that is not allowed');
  });

  it.each([
    'Host',
    'Content-Length',
    'transfer-encoding',
    'Connection',
    'Cookie',
    'Accept-Encoding',
    'user-agent',
    'X-Forwarded-For',
    'X-HTTP-Method-Override',
    'Proxy-Authorization',
    'Expect',
    'Upgrade',
  ])('E2 does not let a caller set %s', (name) => {
    expect(() => render({ [name]: 'v' })).toThrow(`The header ${name.toLowerCase()} can't be set`);
  });

  it('refuses a header that is given twice in different letters', () => {
    expect(() => render({ Authorization: 'a', authorization: 'b' })).toThrow('given twice');
  });

  it('lower-cases names and keeps values', () => {
    expect(render({ 'Intercom-Version': '2.14' }).headers).toEqual([...FIXED, 'intercom-version', '2.14']);
  });

  it('lists every secret in every form in which it put it in', () => {
    const { headers, secrets } = render({ authorization: { username: 'me', password: new Secret('pass word') } });
    const basic = Buffer.from('me:pass+word').toString('base64');
    expect(headers.at(-1)).toBe(`Basic ${basic}`);
    expect(secrets).toEqual(['pass word', basic]);
  });

  it.each(['HEAD', 'get', 'TRACE', 'CONNECT', 'GET / HTTP/1.1\r\n'])('refuses the method %j', (method) => {
    expect(() => renderRequest({ method })).toThrow('The method must be');
  });

  it('refuses a body where there can be none', () => {
    expect(() => renderRequest({ method: 'GET', body: { json: 1 } })).toThrow('must not have a body');
    expect(() => renderRequest({ method: 'POST', body: { json: undefined } })).toThrow('no JSON form');
  });

  it('puts secrets into JSON wherever they stand', () => {
    const json = { a: new Secret('one'), b: [{ c: new Secret('t"wo') }], d: 'x' };
    const { body, secrets } = renderRequest({ method: 'POST', body: { json } });
    expect(JSON.parse(String(body ?? ''))).toEqual({ a: 'one', b: [{ c: 't"wo' }], d: 'x' });
    expect(secrets).toEqual(['one', 't"wo']);
    expect(renderRequest({ method: 'POST', body: { json: new Secret('root') } }).body).toBe('"root"');
  });
});
