import { acme, acmeManifest, compileManifest } from '../test/acme.js';
import { ConnectorFailure } from './failure/connector-failure.js';
import { parseTokenResponse } from './parse-token-response.js';

const CONNECTOR = acme();

describe('parseTokenResponse', () => {
  it('reads a full answer', () => {
    const answer = {
      access_token: 'at==',
      refresh_token: 'rt',
      expires_in: 3600,
      scope: 'a b,c',
      token_type: 'Bearer',
    };
    expect(parseTokenResponse(CONNECTOR, answer)).toEqual({
      accessToken: 'at==',
      refreshToken: 'rt',
      expiresInSeconds: 3600,
      scopes: ['a', 'b', 'c'],
      params: {},
    });
  });

  it('tells what it was not told as null', () => {
    expect(parseTokenResponse(CONNECTOR, { access_token: 'at' })).toMatchObject({
      refreshToken: null,
      expiresInSeconds: null,
      scopes: null,
    });
  });

  it.each([
    ['3600', 3600],
    [59.9, 59],
    [-1, null],
    [0, null],
    ['soon', null],
    [null, null],
    [Number.POSITIVE_INFINITY, null],
    [[], null],
  ])('R6 takes expires_in %p as %p', (expires_in, seconds) => {
    expect(parseTokenResponse(CONNECTOR, { access_token: 'at', expires_in }).expiresInSeconds).toBe(seconds);
  });

  it('ignores an expiry where the manifest says that there is none', () => {
    const manifest = acmeManifest();
    Object.assign(manifest.auth[0] ?? {}, { expiry: 'never' });
    expect(
      parseTokenResponse(compileManifest(manifest), { access_token: 'at', expires_in: 60 }).expiresInSeconds,
    ).toBeNull();
  });

  it('follows the manifest’s map, and captures parameters that it allows', () => {
    const manifest = acmeManifest();
    Object.assign((manifest.auth[0] as { token: object }).token, {
      map: { access_token: '$.user.token' },
      capture: { region: '$.zone' },
    });
    const connector = compileManifest(manifest);
    expect(parseTokenResponse(connector, { user: { token: 'at' }, zone: 'eu' })).toMatchObject({
      accessToken: 'at',
      params: { region: 'eu' },
    });
    expect(parseTokenResponse(connector, { user: { token: 'at' }, zone: 'evil' }).params).toEqual({});
  });

  it.each([
    [null],
    ['access_token=at'],
    [{}],
    [{ access_token: '' }],
    [{ access_token: 7 }],
    [{ access_token: 'a\r\nx-evil: 1' }],
    [{ access_token: 'ä' }],
    [{ access_token: 'a b' }],
    [{ access_token: '\\!\\!zzz' }],
    [{ access_token: 'a"b' }],
    [{ access_token: "a'b" }],
    [{ access_token: 'a`b' }],
    [{ access_token: 'a<b>&' }],
    [{ access_token: 'a\u007fb' }],
    [{ access_token: 'x'.repeat(20_000) }],
  ])('refuses %p, and quotes no token', (answer) => {
    expect(() => parseTokenResponse(CONNECTOR, answer)).toThrow(ConnectorFailure);
    expect(() => parseTokenResponse(CONNECTOR, answer)).toThrow('Acme gave no usable token.');
  });

  it.each([
    ['no characters that can be in none', 'a b\u0000c d"e f\\g h\u00e9 \ud800 i', ['a', 'i']],
    ['none of endless length', `a ${'x'.repeat(201)} b`, ['a', 'b']],
    ['each once', 'a b a,b a', ['a', 'b']],
  ])('takes of the scopes %s', (_, scope, scopes) => {
    expect(parseTokenResponse(CONNECTOR, { access_token: 'at', scope }).scopes).toEqual(scopes);
  });

  it('takes not more scopes than can be compared at once', () => {
    const scope = Array.from({ length: 60_000 }, (_, index) => index.toString(36)).join(' ');
    expect(parseTokenResponse(CONNECTOR, { access_token: 'at', scope }).scopes).toHaveLength(500);
  });

  it.each(['ya29.a0Af_H6-SM~x', 'abc+/=', '00D!AR8:x|1,2@h%2F#(){}[]^$*;?', 'dG9rOmFiYzEyMw=='])(
    'takes the token %s',
    (token) => {
      expect(parseTokenResponse(CONNECTOR, { access_token: token }).accessToken).toBe(token);
    },
  );

  it('passes on the error code that the provider gives', () => {
    expect(() => parseTokenResponse(CONNECTOR, { error: 'invalid_grant' })).toThrow('It says: “invalid_grant”.');
  });

  it.each(['code=c0de-123', 'invalid_grant: s3cr3t', 'invalid_grant\u0000', 'A', '', 'x'.repeat(41), ['a'], { a: 1 }])(
    'V11 quotes nothing else: %j',
    (error) => {
      expect(() => parseTokenResponse(CONNECTOR, { error })).toThrow(/^Acme gave no usable token\.$/);
    },
  );
});
