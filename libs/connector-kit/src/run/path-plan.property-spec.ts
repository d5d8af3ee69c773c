import fc from 'fast-check';
import { requestUrl, type UrlParts } from '../endpoints/endpoints.js';
import { ManifestPlace } from '../manifest/manifest-error.js';
import { UnusableValue } from '../template/unusable-value.js';
import { openOutlet } from '../text/text-outlet.js';
import { compilePath } from './path-plan.js';

const VARIABLES = { args: { id: 'always', maybe: 'maybe' } } as const;
const BASE = new URL('https://api.acme.example/prefix');
const SCOPE = { account: { principal: null }, params: {}, vars: {}, steps: {}, now: 0, outlet: openOutlet() };

const compile = (path: string) => compilePath(path, VARIABLES, new ManifestPlace('acme.yaml'));

/** Texts that have fooled URL builders: dot segments, encodings of them, other separators, line ends, authorities. */
const NASTY = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%2f',
        '%5c',
        '@',
        ':',
        '//',
        '?',
        '#',
        '\r\n',
        '\0',
        'evil.example',
        '；',
        '．．',
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((parts) => parts.join('')),
);

/** As a server takes the parts apart again; they must be what the parser makes of them. */
function parsed(parts: UrlParts): URL {
  const url = new URL(parts.origin + parts.pathname + parts.search);
  for (const name of ['origin', 'protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search'] as const)
    expect(parts[name]).toBe(url[name]);
  return url;
}

describe('a path with an argument in it', () => {
  const plan = compile('/items/${args.id}/notes');

  it('E2 keeps origin, prefix, shape and query, whatever the argument is, or refuses it', () => {
    fc.assert(
      fc.property(NASTY, (id) => {
        const path = renderOrRefuse(id);
        if (path === null) return;
        const url = parsed(requestUrl(BASE, { path, query: [] }));
        expect(url.origin).toBe(BASE.origin);
        expect(url.search + url.hash + url.username).toBe('');
        expect(url.pathname.split('/')).toEqual(['', 'prefix', 'items', encodeURIComponent(id), 'notes']);
        expect(decodeURIComponent(url.pathname.split('/')[3] ?? '')).toBe(id);
      }),
      { numRuns: 2000 },
    );
  });

  function renderOrRefuse(id: string): string | null {
    try {
      return plan.render({ ...SCOPE, args: { id } });
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableValue);
      return null;
    }
  }

  it.each(['.', '..', '', '\ud800'])('refuses %j, which no encoding makes an id', (id) => {
    expect(() => plan.render({ ...SCOPE, args: { id } })).toThrow(UnusableValue);
  });

  it('E2 keeps what a query holds inside of its parameter', () => {
    fc.assert(
      fc.property(NASTY, (value) => {
        fc.pre(!/[\uD800-\uDFFF]/u.test(value));
        const parts = requestUrl(BASE, {
          path: '/items',
          query: [
            ['q', value],
            ['z', '1'],
          ],
        });
        const url = parsed(parts);
        expect(url.origin + url.pathname).toBe('https://api.acme.example/prefix/items');
        expect([...url.searchParams]).toEqual([
          ['q', value],
          ['z', '1'],
        ]);
      }),
    );
  });

  it('knows paths of its own shape only', () => {
    for (const path of ['/items/42/notes', '/items/6762f0d01bb69f9f2193bb7d/notes'])
      expect(plan.shape.test(path)).toBe(true);
    for (const path of [
      '/items/../notes',
      '/items/4/notes/x',
      '/other/4/notes',
      '//items/4/notes',
      '/items/4%2f/notes',
      '/items/4/notes\n',
    ]) {
      expect(plan.shape.test(path)).toBe(false);
    }
  });

  it.each([
    ['no slash at its start', 'items', /not a path/],
    ['a query', '/items?x=1', /not a path/],
    ['a dot segment', '/items/../x', /not a path/],
    ['two slashes', '//items', /not a path/],
    ['text around a variable', '/items/x-${args.id}', /mixes text and a variable/],
    [
      'an argument that may be absent',
      '/items/${args.maybe}',
      /“args\.maybe” may be absent\. Make it a required argument/,
    ],
  ])('refuses %s when it is loaded', (_, path, message) => {
    expect(() => compile(path)).toThrow(message);
  });
});
