import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { newId } from '#app/kernel';
import { SignJWT, decodeJwt, type JWTPayload } from 'jose';
import { keyIdOf, signAccessToken, verifyAccessToken } from './access-token.js';
import type { KnownClient } from './client-directory.js';
import type { SigningKey } from './signing-keys.js';

const NOW = Date.UTC(2026, 10, 23);
const ISSUER = 'https://gate.test';

function newKey(kid: string): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, privateKey, publicKey: createPublicKey(privateKey), publicJwk: {} };
}

const client: KnownClient = {
  tenantId: newId('tenant'),
  caller: {
    clientId: newId('client'),
    version: 3,
    secretStamp: 'stamp',
    permissions: new Set(['tools:read', 'tools:execute']),
    allowedTools: null,
  },
  secretHash: Buffer.alloc(32),
  active: true,
};

describe('access tokens', () => {
  const key = newKey('one');
  const verify = (token: string, now = NOW) => verifyAccessToken(token, key, ISSUER, now);
  const sign = (claims: JWTPayload, alg = 'RS256'): Promise<string> =>
    new SignJWT({
      iss: ISSUER,
      sub: client.caller.clientId,
      tenant_id: client.tenantId,
      secret_stamp: 's',
      exp: NOW / 1000 + 60,
      ...claims,
    })
      .setProtectedHeader({ alg, kid: 'one' })
      .sign(key.privateKey);

  it('identify the client, and carry what other parts of the world look for', async () => {
    const token = await signAccessToken(client, key, ISSUER, NOW);
    expect(keyIdOf(token)).toBe('one');
    expect(await verify(token)).toEqual({
      tenantId: client.tenantId,
      clientId: client.caller.clientId,
      stamp: 'stamp',
      expiresAt: NOW + 86_400_000,
    });
    expect(decodeJwt(token)).toEqual({
      iss: ISSUER,
      sub: client.caller.clientId,
      client_id: client.caller.clientId,
      scopes: ['tools:read', 'tools:execute'],
      tenant_id: client.tenantId,
      secret_stamp: 'stamp',
      iat: NOW / 1000,
      exp: NOW / 1000 + 86_400,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('end after 24 hours', async () => {
    const token = await signAccessToken(client, key, ISSUER, NOW);
    expect(await verify(token, NOW + 86_399_000)).not.toBeNull();
    expect(await verify(token, NOW + 86_400_000)).toBeNull();
  });

  it('are refused when another key signed them, or for another issuer', async () => {
    expect(await verify(await signAccessToken(client, newKey('one'), ISSUER, NOW))).toBeNull();
    expect(await verify(await signAccessToken(client, key, 'https://other.test', NOW))).toBeNull();
  });

  it('are refused when a byte of payload or signature was changed', async () => {
    const [head = '', body = '', signature = ''] = (await signAccessToken(client, key, ISSUER, NOW)).split('.');
    const payload = Buffer.from(Buffer.from(body, 'base64url').toString().replace('tools:read', 'audit:read')).toString(
      'base64url',
    );
    expect(await verify([head, payload, signature].join('.'))).toBeNull();
    expect(await verify([head, body, signature.slice(0, -4)].join('.'))).toBeNull();
    expect(await verify([head, body, ''].join('.'))).toBeNull();
  });

  it('are refused with another algorithm: none, or HMAC keyed with the public key', async () => {
    const [, body = ''] = (await signAccessToken(client, key, ISSUER, NOW)).split('.');
    const unsigned = `${Buffer.from('{"alg":"none","kid":"one"}').toString('base64url')}.${body}.`;
    const head = Buffer.from('{"alg":"HS256","kid":"one"}').toString('base64url');
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
    const forged = `${head}.${body}.${createHmac('sha256', pem).update(`${head}.${body}`).digest('base64url')}`;
    for (const token of [unsigned, forged, await sign({}, 'PS256'), await sign({}, 'RS512')]) {
      expect(keyIdOf(token)).toBeNull();
      expect(await verify(token)).toBeNull();
    }
  });

  it.each([
    ['no end', { exp: undefined }],
    ['no client', { sub: undefined }],
    ['a client id of another shape', { sub: "skc_' --" }],
    ['no tenant', { tenant_id: undefined }],
    ['a tenant that is none', { tenant_id: 'ten_x' }],
    ['no stamp', { secret_stamp: 7 }],
  ])('are refused with %s, although signed', async (_what, claims: JWTPayload) => {
    expect(await verify(await sign({}))).not.toBeNull();
    expect(await verify(await sign(claims))).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['a word', 'x'],
    ['three words', 'a.b.c'],
    ['two dots', '..'],
    ['a header without a key id', 'eyJhbGciOiJSUzI1NiJ9.e30.x'],
    ['much', `${'a'.repeat(5000)}.b.c`],
  ])('are not %s', async (_what, text) => {
    expect(keyIdOf(text)).toBeNull();
    expect(await verify(text)).toBeNull();
  });
});
