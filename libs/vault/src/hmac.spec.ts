import { createHmac } from 'node:crypto';
import { Secret } from '#app/kernel';
import { isSignedWith, webhookSignature } from './hmac.js';

const SECRET = new Secret('app-secret');
const BODY = Buffer.from('{"topic":"x"}');
const sign = (algorithm: string, body = BODY): string => createHmac(algorithm, 'app-secret').update(body).digest('hex');

describe('isSignedWith', () => {
  it.each(['sha1', 'sha256'] as const)('accepts the right signature by %s, in any case of letters', (algorithm) => {
    expect(isSignedWith(SECRET, algorithm, BODY, sign(algorithm))).toBe(true);
    expect(isSignedWith(SECRET, algorithm, BODY, sign(algorithm).toUpperCase())).toBe(true);
  });

  it.each([
    ['none', ''],
    ['one that is cut', sign('sha1').slice(0, -2)],
    ['one of another body', sign('sha1', Buffer.from('{}'))],
    ['one by another algorithm', sign('sha256')],
    ['what is not hexadecimal', 'z'.repeat(40)],
    ['one with something behind it', `${sign('sha1')}zz`],
  ])('refuses %s', (_, signature) => {
    expect(isSignedWith(SECRET, 'sha1', BODY, signature)).toBe(false);
  });
});

describe('webhookSignature', () => {
  it('takes what follows the prefix for the key, in base64', () => {
    const key = Buffer.alloc(32, 7);
    const secret = new Secret(`whsec_${key.toString('base64')}`);
    expect(webhookSignature(secret, 'a.b.c')).toBe(createHmac('sha256', key).update('a.b.c').digest('base64'));
  });
});
