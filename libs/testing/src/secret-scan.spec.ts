import { deflateSync, gzipSync } from 'node:zlib';
import { SecretScanner } from './secret-scan.js';

const SECRET = 'c4nary+token/with "quotes" & <tags>?';
const scanner = new SecretScanner({ token: SECRET });
const around = (data: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from('some text before '), Buffer.from(data), Buffer.from(' and after')]);
const bytes = Buffer.from(SECRET);

describe('SecretScanner', () => {
  it.each<[string, Buffer | string]>([
    ['as it is', SECRET],
    ['reversed', Buffer.from(Buffer.from(SECRET).toReversed())],
    ['as UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['in hex', bytes.toString('hex')],
    ['in upper-case hex', bytes.toString('hex').toUpperCase()],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['as JSON', JSON.stringify({ a: SECRET })],
    ['as JSON in JSON', JSON.stringify(JSON.stringify({ a: SECRET }))],
    ['in base64', bytes.toString('base64')],
    ['in base64 behind one byte', Buffer.from(`x${SECRET}y`).toString('base64')],
    ['in base64 behind two bytes', Buffer.from(`xx${SECRET}yy`).toString('base64')],
    ['in URL-safe base64', Buffer.from(`x${SECRET}`).toString('base64url')],
    ['in gzip', gzipSync(SECRET)],
    ['in zlib', deflateSync(SECRET)],
    ['in gzip of base64', gzipSync(bytes.toString('base64'))],
  ])('finds a secret %s', (_, data) => {
    expect(scanner.scan(around(data))).toContainEqual(expect.objectContaining({ name: 'token' }));
  });

  it('says which secret, in which form and where, and not the secret itself', () => {
    const found = scanner.scan(around(bytes.toString('hex')));
    expect(found).toEqual([{ name: 'token', spelling: 'hex', offset: 17 }]);
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });

  it('finds nothing where there is nothing, a shortened secret included', () => {
    expect(scanner.scan(around(SECRET.slice(0, -1)))).toEqual([]);
    expect(scanner.scan('')).toEqual([]);
  });

  it('refuses a secret that would be found by chance', () => {
    expect(() => new SecretScanner({ short: 'abc' })).toThrow('too short');
  });
});
