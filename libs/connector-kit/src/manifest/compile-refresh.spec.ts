import { acmeManifest, compileManifest } from '../../test/acme.js';
import type { RefreshSettings } from '../connector.js';
import { resolveAuthUrls } from '../endpoints/endpoints.js';
import { parseTokenResponse } from '../parse-token-response.js';
import { ManifestError } from './manifest-error.js';

function connectorWith(refresh: object, more: object = {}) {
  const manifest = acmeManifest();
  Object.assign(manifest.auth[0] ?? {}, { refresh, ...more });
  return compileManifest(manifest);
}

function settingsOf(refresh: object): RefreshSettings {
  const settings = connectorWith(refresh).auth.refresh;
  if (settings === null) throw new Error('nothing was compiled');
  return settings;
}

const answer = (status: number, body: object | null) => ({
  status,
  headers: {},
  body: body as never,
  redact: (text: string) => text,
});

describe('the refresh block of a manifest', () => {
  it('is null where there is none', () => {
    expect(compileManifest(acmeManifest()).auth.refresh).toBeNull();
    expect(resolveAuthUrls(compileManifest(acmeManifest()), {}).refreshUrl).toBeNull();
  });

  it('says what is not said: at the token URL, without grace, as the code is exchanged', () => {
    const connector = connectorWith({ rotates: true });
    expect(connector.auth.refresh).toMatchObject({
      rotates: true,
      graceMs: 0,
      endsAccessToken: false,
      idleMs: null,
      scopeParam: null,
      map: connector.auth.token.map,
    });
    const { refreshUrl } = resolveAuthUrls(connector, { region: 'eu' });
    expect(refreshUrl?.href).toBe('https://api.eu.acme.example/token');
  });

  it('has a URL and a map of its own where the provider has', () => {
    const connector = connectorWith({
      url: 'https://refresh.acme.example/token',
      rotates: true,
      graceSeconds: 30,
      idleDays: 30,
      endsAccessToken: true,
      map: { access_token: '$.fresh' },
    });
    expect(connector.auth.refresh).toMatchObject({ graceMs: 30_000, idleMs: 2_592_000_000, endsAccessToken: true });
    expect(resolveAuthUrls(connector, {}).refreshUrl?.href).toBe('https://refresh.acme.example/token');
    expect(resolveAuthUrls(connector, {}, { tokenUrl: 'http://localhost:1/t' }).refreshUrl?.href).toBe(
      'http://localhost:1/t',
    );
    const { refresh } = connector.auth;
    expect(parseTokenResponse(connector, { fresh: 'at' }, refresh ?? undefined).accessToken).toBe('at');
  });

  it.each<[string, number, object | null, string | null]>([
    ['invalid_grant', 400, { error: 'invalid_grant' }, 'dead_grant'],
    ['invalid_grant with another status', 401, { error: 'invalid_grant' }, 'dead_grant'],
    ['a wrong secret', 401, { error: 'invalid_client' }, 'app_refused'],
    ['an app that may not refresh', 400, { error: 'unauthorized_client' }, 'app_refused'],
    ['a request that it does not understand', 400, { error: 'invalid_request' }, 'app_refused'],
    ['401 without a word', 401, null, 'app_refused'],
    ['429', 429, { error: 'invalid_grant' }, 'outage'],
    ['500', 500, { error: 'invalid_grant' }, 'outage'],
    ['503 with a page', 503, null, 'outage'],
    ['the page of a firewall', 403, null, 'outage'],
    ['a code that nobody knows', 400, { error: 'temporarily_confused' }, 'outage'],
    ['a success', 200, { ok: false }, null],
  ])('R4 reads %s as RFC 6749 means it', (_, status, body, verdict) => {
    expect(settingsOf({ rotates: false }).judge(answer(status, body))).toBe(verdict);
  });

  it('reads the answers that the manifest describes as it says', () => {
    const { judge } = settingsOf({
      rotates: true,
      errors: [
        { when: { 'body.ok': false, 'body.error': ['token_revoked', 'invalid_refresh_token'] }, means: 'dead_grant' },
        { when: { 'body.ok': false }, means: 'outage' },
      ],
    });
    expect(judge(answer(200, { ok: false, error: 'token_revoked' }))).toBe('dead_grant');
    expect(judge(answer(200, { ok: false, error: 'fatal_error' }))).toBe('outage');
    expect(judge(answer(200, { ok: true }))).toBeNull();
    expect(judge(answer(400, { error: 'invalid_grant' }))).toBe('dead_grant');
  });

  it.each<[string, object, object, string]>([
    ['that nothing would start', { rotates: true }, { expiry: 'never' }, '$.auth.0.refresh'],
    ['without what it does to the token', {}, {}, '$.auth.0.refresh'],
    ['with a URL of another kind', { rotates: true, url: 'http://acme.example/t' }, {}, '$.auth.0.refresh.url'],
    ['with an unknown variable', { rotates: true, url: 'https://${params.x}/t' }, {}, '$.auth.0.refresh.url'],
    [
      'with a meaning that is none',
      { rotates: true, errors: [{ when: { status: 400 }, means: 'oops' }] },
      {},
      '$.auth.0.refresh.errors.0.means',
    ],
    [
      'with a condition about nothing',
      { rotates: true, errors: [{ when: { text: 'x' }, means: 'outage' }] },
      {},
      '$.auth.0.refresh.errors.0.when.text',
    ],
  ])('is refused %s', (_, refresh, more, path) => {
    expect(() => connectorWith(refresh, more)).toThrow(ManifestError);
    expect(() => connectorWith(refresh, more)).toThrow(`${path}: `);
  });
});
