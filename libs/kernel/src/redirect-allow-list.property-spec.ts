import fc from 'fast-check';
import { allowListEntryProblem, redirectProblem } from './redirect-allow-list.js';

const ALLOWED = ['https://app.example.com/verify', 'https://app.example.com/back/', 'https://other.example.com:8443/'];
const RUNS = 10_000;

const permits = (text: string, loopback = false, allowList: readonly string[] = ALLOWED): boolean =>
  redirectProblem(text, { allowList, loopback }) === null;

/** Where a browser would go: an independent reading of the list above. */
function isMeant(text: string): boolean {
  const { protocol, username, password, host, pathname } = new URL(text);
  if (protocol !== 'https:' || username !== '' || password !== '') return false;
  if (host === 'other.example.com:8443') return true;
  // As a server would that decodes first, even twice, and follows dots afterwards
  const decoded = decodeURIComponent(decodeURIComponent(pathname));
  const { pathname: followed } = new URL(`https://app.example.com${decoded}`);
  return host === 'app.example.com' && (pathname === '/verify' || followed.startsWith('/back/'));
}

const pieces = {
  scheme: ['https:', 'HTTPS:', 'http:', 'hTTps:', 'https', 'javascript:', 'data:', 'ftp:', '', ' https:', 'https:\t'],
  slashes: ['//', '/', '///', '\\\\', '/\\', '\\/', '', '//\t', '/\n/'],
  user: ['', '@', 'app.example.com@', 'app.example.com:443@', 'a:b@', 'app.example.com%40', 'https:@', '\u0000@'],
  host: [
    'app.example.com',
    'APP.example.com',
    'app.example.com.',
    'app.example.com..',
    'evil.example',
    'xapp.example.com',
    'app.example.com.evil.example',
    'app.example.com%2eevil.example',
    'app。example。com',
    'ａｐｐ.example.com',
    'app.exаmple.com',
    'app.ex%61mple.com',
    'app\u00ad.example.com',
    'app\t.example.com',
    'other.example.com',
    'xn--app-.example.com',
    'bücher.example',
    '[::1]',
    '127.1',
    '2130706433',
    '*.example.com',
    'app.example.com\\evil',
  ],
  port: ['', ':443', ':8443', ':0443', ':', ':80', ':8443@evil.example', ':65536', ':-1'],
  path: [
    '',
    '/',
    '/verify',
    '/verify/',
    '/VERIFY',
    '/verify%00',
    '/verify;x',
    '/verify/../back/',
    '/back',
    '/back/',
    '/back/a',
    '/back/../admin',
    '/back/%2e%2e/admin',
    '/back/..%2fadmin',
    '/back/.%2e/admin',
    '/back/%2F..%2Fadmin',
    '/back//evil',
    '\\verify',
    '/back\\..\\admin',
    '/back/%5c..%5cadmin',
    '/back/%c0%ae%c0%ae/admin',
    '/back/%a2',
    '/./verify',
    '//verify',
    '/ver\tify',
    '/verify ',
    '/back/ä',
  ],
  tail: [
    '',
    '?a=1',
    '?to=https://evil.example',
    '#',
    '#@evil.example',
    '?#',
    ' ',
    '\n',
    '\u0000',
    '?a=\r\nset-cookie:x',
  ],
} as const;

const spelling = fc
  .tuple(...Object.values(pieces).map((options) => fc.constantFrom<string>(...options)))
  .map((parts) => parts.join(''));

/** A good address with a few characters put in, taken out or changed. */
const damaged: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom<string>(
      'https://app.example.com/verify?tab=1',
      'https://app.example.com/back/a',
      'https://other.example.com:8443/x',
    ),
    fc.array(fc.tuple(fc.nat(60), fc.nat(1), fc.constantFrom(...'/\\@:.#?%\t\n\r \u0000。ａ-*x2eF'.split(''))), {
      maxLength: 3,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce<string>((now, [at, removed, added]) => now.slice(0, at) + added + now.slice(at + removed), text),
  );

describe('the addresses that a browser may be sent to', () => {
  it('O8 whatever spelling passes leads a browser to a listed origin and path', () => {
    let passed = 0;
    const check = (text: string): void => {
      if (!permits(text)) return;
      passed++;
      expect([text, isMeant(text)]).toEqual([text, true]);
      // What is sent is what was judged: no other spelling of it exists
      expect([text, `${text}/`]).toContain(new URL(text).href);
    };
    fc.assert(fc.property(fc.oneof(spelling, damaged, fc.webUrl()), check), { numRuns: RUNS });
    expect(passed).toBeGreaterThan(100);
  });

  it('O8 nothing passes an empty list, but this machine itself outside of production', () => {
    fc.assert(
      fc.property(fc.oneof(spelling, damaged, fc.webUrl()), (text) => {
        expect(permits(text, false, [])).toBe(false);
        if (permits(text, true, [])) expect(['localhost', '127.0.0.1', '[::1]']).toContain(new URL(text).hostname);
      }),
      { numRuns: RUNS },
    );
    expect(permits('http://localhost:3001/verify', true, [])).toBe(true);
    expect(permits('http://localhost:3001/verify', false, ['http://localhost:3001/'])).toBe(false);
  });

  it.each([
    'https://app.example.com/verify',
    'https://app.example.com/verify?tab=1&to=%2F',
    'https://app.example.com/back/',
    'https://app.example.com/back/deep/er?x',
    'https://other.example.com:8443',
  ])('lets %s through', (text) => {
    expect(permits(text)).toBe(true);
  });

  it.each([
    'https://app.example.com/verify/',
    'https://app.example.com/back',
    'https://app.example.com:8443/verify',
    'https://app.example.com./verify',
    'https://x.app.example.com/verify',
    'https://app.example.com/back/..%2fadmin',
    'https://app.example.com/back/%c0%ae%c0%ae/admin',
    'https://app.example.com/back/%a2',
    'HTTPS://app.example.com/verify',
    'https://app.example.com:443/verify',
    'https:\\\\app.example.com/verify',
    'https://app.example.com/ver\tify',
    'https://app.example.com/verify#x',
    'http://app.example.com/verify',
    'http://localhost/verify',
  ])('O8 refuses %j', (text) => {
    expect(permits(text)).toBe(false);
  });

  it('says how to add what is missing', () => {
    const rules = { allowList: [], loopback: false };
    expect(redirectProblem('https://new.example/a?b=1', rules)).toMatch(
      /PATCH \/api\/v1\/tenant .*"https:\/\/new\.example\/a"/,
    );
  });

  it.each([
    'https://*.example.com/',
    'https://a.example/?x',
    'https://a.example/#',
    '*',
    'a.example',
    'https://a.example./',
  ])('O8 takes no list entry %j', (entry) => {
    expect(allowListEntryProblem(entry, true)).not.toBeNull();
  });
});
