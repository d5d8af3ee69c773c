import { AppError } from '#app/kernel';
import { acme, acmeManifest, compileManifest } from '../../test/acme.js';
import { allowedHosts, requestUrl, resolveAuthUrls, resolveBaseUrl } from './endpoints.js';
import { checkParams } from './resolve-params.js';

const CONNECTOR = acme();

describe('resolveBaseUrl', () => {
  it('follows the account’s region, and the default without one', () => {
    expect(resolveBaseUrl(CONNECTOR, {}).href).toBe('https://api.acme.example/');
    expect(resolveBaseUrl(CONNECTOR, { region: 'eu', unrelated: 1 }).href).toBe('https://api.eu.acme.example/');
  });

  it.each(['mars', 'us.evil.example/', 1, null])('refuses the region %p', (region) => {
    expect(() => resolveBaseUrl(CONNECTOR, { region })).toThrow(AppError);
  });

  it('takes an override as it is', () => {
    expect(resolveBaseUrl(CONNECTOR, {}, { apiUrl: 'http://127.0.0.1:4000/acme' }).href).toBe(
      'http://127.0.0.1:4000/acme',
    );
    expect(resolveBaseUrl(CONNECTOR, {}, { apiUrl: '' }).href).toBe('https://api.acme.example/');
  });

  describe('of a host that the user gives', () => {
    const manifest = acmeManifest();
    manifest.params = { site: { type: 'string', pattern: '^\\S+$', source: 'user' } };
    manifest.vars = {};
    manifest.http.baseUrl = 'https://${params.site}.acme.example';
    const auth = manifest.auth[0] as Record<string, Record<string, unknown>>;
    Object.assign(auth.token as object, { url: 'https://${params.site}.acme.example/token' });
    Object.assign(auth.identity as object, { params: {} });
    const templated = compileManifest(manifest);

    it.each(['evil.example/', 'evil.example#', 'evil.example?', 'x@evil.example:443/', 'evil.example\\', 'a:b@c', ' '])(
      'refuses %j, although its pattern lets it pass',
      (site) => {
        expect(() => resolveBaseUrl(templated, { site })).toThrow(AppError);
      },
    );

    it('refuses a host that merely ends in the same letters', () => {
      const whole = acmeManifest();
      whole.params = {
        ...(manifest.params as object),
        region: { type: 'string', enum: ['us'], default: 'us', source: 'user' },
      };
      whole.vars = { host: { by: 'params.region', us: 'api.acme.example' } };
      whole.http.baseUrl = 'https://${params.site}';
      const connector = compileManifest(whole);
      expect(resolveBaseUrl(connector, { site: 'shop.acme.example' }).host).toBe('shop.acme.example');
      expect(() => resolveBaseUrl(connector, { site: 'evilacme.example' })).toThrow(AppError);
    });

    it('accepts a plain one', () => {
      expect(resolveBaseUrl(templated, { site: 'shop' }).href).toBe('https://shop.acme.example/');
    });
  });
});

describe('resolveAuthUrls', () => {
  it('gives the URLs of the region, and those overridden', () => {
    const urls = resolveAuthUrls(CONNECTOR, { region: 'eu' }, { authorizeUrl: 'http://localhost:1/oauth' });
    expect(urls.tokenUrl.href).toBe('https://api.eu.acme.example/token');
    expect(urls.authorizeUrl.href).toBe('http://localhost:1/oauth');
    expect(urls.revokeUrl).toBeNull();
  });
});

describe('allowedHosts', () => {
  it('is the manifest’s hosts and the overrides by host and port', () => {
    expect(allowedHosts(CONNECTOR)).toEqual(['acme.example']);
    expect(
      allowedHosts(CONNECTOR, {
        apiUrl: 'http://127.0.0.1:4000/x',
        tokenUrl: 'http://127.0.0.1:4000/token',
        revokeUrl: 'https://sandbox.test/',
      }),
    ).toEqual(['acme.example', '127.0.0.1:4000', 'sandbox.test:443']);
  });
});

describe('requestUrl', () => {
  it('puts path and query behind the base', () => {
    const request = { path: '/items/a%2Fb', query: [['q', 'a b&c']] } as const;
    const { origin, pathname, search } = requestUrl(new URL('http://h:1/base/'), request);
    expect(origin + pathname + search).toBe('http://h:1/base/items/a%2Fb?q=a+b%26c');
  });

  it('refuses a path that a URL parser would rewrite', () => {
    for (const path of ['/items/..', '/items/%2e%2e/x', '/items/a b']) {
      expect(() => requestUrl(new URL('https://h/'), { path, query: [] })).toThrow(AppError);
    }
  });
});

describe('checkParams', () => {
  it('names what is wrong', () => {
    expect(checkParams(CONNECTOR, { region: 'us' })).toEqual([]);
    expect(checkParams(CONNECTOR, { region: 'mars', zone: 'x' })).toEqual([
      { field: 'zone', message: 'Acme has no such parameter; known: region.' },
      { field: 'region', message: 'must be one of us, eu.' },
    ]);
  });
});
