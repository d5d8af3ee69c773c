import { acme, acmeManifest, compileManifest } from '../../test/acme.js';
import { broken, call, CREDENTIAL, FakeProvider, json, NOW, raw, rejection } from '../../test/fake-provider.js';
import { ConnectorFailure } from '../failure/connector-failure.js';

const CONNECTOR = acme();
const get = (provider: FakeProvider, more = {}) => call(CONNECTOR, 'acme_item_get', { item_id: '42' }, provider, more);
const note = (provider: FakeProvider, more = {}) =>
  call(CONNECTOR, 'acme_item_note', { item_id: '42', text: 'hi' }, provider, more);

async function failure(promise: Promise<unknown>): Promise<ConnectorFailure> {
  const error = await rejection(promise);
  if (error instanceof ConnectorFailure) return error;
  throw error;
}

const OK = json(200, { id: 42, name: 'Anvil' });
const LIMITED = { 'x-ratelimit-reset': String(NOW / 1000 + 5) };

describe('runTool', () => {
  it('sends one request with the manifest’s headers and returns the projection', async () => {
    const provider = new FakeProvider(OK);
    expect(await get(provider)).toEqual({
      data: { id: '42', name: 'Anvil' },
      upstreamStatus: 200,
      upstreamRequests: 1,
    });
    expect(provider.requests).toEqual([
      {
        method: 'GET',
        path: '/items/42',
        query: [],
        headers: { accept: 'application/json', 'acme-version': '7' },
        write: false,
      },
    ]);
  });

  it('takes who acts from the stored principal', async () => {
    const provider = new FakeProvider(OK);
    await note(provider);
    expect(provider.requests[0]).toMatchObject({
      method: 'POST',
      write: true,
      body: { contentType: 'application/json' },
    });
    expect(provider.bodies).toEqual([{ text: 'hi', public: false, author: '77' }]);
  });

  it('survives an answer that is nested without end', async () => {
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const provider = new FakeProvider(
      raw(200, `{"id":${deep},"name":${deep}}`, { 'content-type': 'application/json' }),
    );
    expect(JSON.stringify((await get(provider)).data)).toMatch(
      /^\{"id":null,"name":\[+"… \[nested too deeply\]"\]+\}$/,
    );
  });

  it('passes errors of the way to the provider through untouched', async () => {
    const gone = new Error('the account was revoked meanwhile');
    expect(await rejection(get(new FakeProvider(gone)))).toBe(gone);
  });

  describe('answers that are refusals', () => {
    it.each<[string, Parameters<typeof json>, string]>([
      ['400', [400, { error: { message: 'bad', field: 'name' } }], 'invalid_arguments'],
      ['401', [401, { error: { code: 'token_revoked' } }], 'auth_revoked'],
      ['403', [403, { error: { code: 'plan' } }], 'forbidden_by_provider'],
      ['403 that names a scope', [403, { error: { message: 'needs scope notes_write.' } }], 'missing_scope'],
      ['404', [404, {}], 'not_found'],
      ['409', [409, {}], 'conflict'],
      ['410 without a link', [410, {}], 'not_found'],
      ['422', [422, {}], 'invalid_arguments'],
      ['302', [302, {}, { location: 'https://evil.example/' }], 'provider_error'],
    ])('%s is %s for reads and writes alike, and is not repeated', async (_, answer, code) => {
      for (const run of [get, note]) {
        const provider = new FakeProvider(json(...answer));
        const error = await failure(run(provider));
        expect(error).toMatchObject({ code, upstreamStatus: answer[0], upstreamRequests: 1 });
        expect(provider.waits).toEqual([]);
      }
    });

    it('tells the scope that is missing, and the field that is wrong', async () => {
      const scope = await failure(get(new FakeProvider(json(403, { error: { message: 'needs scope notes_write.' } }))));
      expect(scope.message).toContain('(notes_write)');
      expect(scope.detail).toEqual({ scope: 'notes_write' });
      const field = await failure(
        get(new FakeProvider(json(400, { error: { code: 'bad', message: 'too\u0000 long', field: 'name' } }))),
      );
      expect(field.message).toBe(
        'Acme refused the arguments (field name). It says: “too long”. Correct them and call again.',
      );
      expect(field.detail).toEqual({ provider_code: 'bad', provider_field: 'name' });
    });

    it('quotes no more than a short clean sentence of the provider', async () => {
      const message = `\u202e<script>\n${'x'.repeat(100_000)}`;
      const error = await failure(get(new FakeProvider(json(409, { error: { message }, secret: 'tok_123' }))));
      expect(error.message.length).toBeLessThan(500);
      expect(error.message).not.toMatch(/tok_123|\u202e|\n/);
    });

    it.each([400, 403, 409, 500])('V11 takes the credential out of what it quotes of a %i', async (status) => {
      const split = Array.from(CREDENTIAL).join('\u200b');
      for (const text of [`for ${CREDENTIAL}`, `for ${split}`, `${'y'.repeat(180)} ${split}`]) {
        const error = { message: text, code: CREDENTIAL, field: split };
        const failed = await failure(note(new FakeProvider(json(status, { error, request_id: split }))));
        const told = JSON.stringify([failed.message, failed.detail]);
        expect(told).toContain('[redacted]');
        expect(told).not.toContain(CREDENTIAL.slice(0, 8));
      }
    });

    it('V11 takes the credential out of the scope that it names', async () => {
      const odd = `needs scope ${CREDENTIAL}.`;
      const failed = await failure(get(new FakeProvider(json(403, { error: { message: odd } }))));
      expect(JSON.stringify([failed.message, failed.detail])).not.toContain(CREDENTIAL.slice(0, 4));
    });

    it('quotes no text that is longer than any sentence', async () => {
      const message = `${'\u200b'.repeat(30_000)}${CREDENTIAL}`;
      expect((await failure(get(new FakeProvider(json(409, { error: { message } }))))).message).not.toContain(
        'It says',
      );
    });

    it('says the same of what is missing and of what is hidden', async () => {
      const missing = await failure(get(new FakeProvider(json(404, { error: { message: 'No such item' } }))));
      const hidden = await failure(get(new FakeProvider(json(404, { error: { message: 'Not visible to you' } }))));
      expect(missing.message).toBe(hidden.message);
    });

    it('reads a status also from an error page', async () => {
      const page = raw(404, '<html>nothing here</html>', { 'content-type': 'text/html' });
      expect(await failure(get(new FakeProvider(page)))).toMatchObject({ code: 'not_found', upstreamStatus: 404 });
    });
  });

  describe('a refusal that may be a revocation', () => {
    const notYours = json(401, { error: { code: 'not_yours' } });

    it('stays a refusal when the provider still knows the credential', async () => {
      const provider = new FakeProvider(notYours, json(200, { id: '77', org: 'o' }));
      expect(await failure(get(provider))).toMatchObject({ code: 'forbidden_by_provider', upstreamRequests: 2 });
      expect(provider.requests[1]).toMatchObject({ method: 'GET', path: '/me' });
    });

    it('is a revocation when it does not', async () => {
      const provider = new FakeProvider(notYours, json(401, { error: { code: 'token_revoked' } }));
      expect(await failure(get(provider))).toMatchObject({ code: 'auth_revoked', upstreamRequests: 2 });
    });

    it('stays a refusal when nobody can say', async () => {
      const provider = new FakeProvider(notYours, json(500, {}));
      expect(await failure(get(provider))).toMatchObject({ code: 'forbidden_by_provider' });
    });
  });

  describe('answers that cannot be read', () => {
    it.each([
      ['HTML instead of JSON', raw(200, '<html>Bad gateway</html>', { 'content-type': 'text/html' })],
      ['HTML that calls itself JSON', raw(200, '<html>', { 'content-type': 'application/json' })],
      ['JSON that breaks off', raw(200, '{"id": 4', { 'content-type': 'application/json' })],
      ['an empty body', raw(200, '')],
      ['an answer nested without end', raw(200, '['.repeat(500_000), { 'content-type': 'application/json' })],
      ['a bare number', raw(200, '42', { 'content-type': 'application/json' })],
      ['an object without what every answer has', json(200, { type: 'item' })],
    ])('%s is provider_error for a read and unknown_outcome for a write', async (_, answer) => {
      expect(await failure(get(new FakeProvider(answer)))).toMatchObject({
        code: 'provider_error',
        upstreamStatus: 200,
      });
      const writing = new FakeProvider(answer);
      expect(await failure(note(writing))).toMatchObject({ code: 'unknown_outcome', upstreamStatus: 200 });
      expect(writing.requests).toHaveLength(1);
    });
  });

  describe('when the provider fails', () => {
    it('repeats a read after 5xx, with a growing wait', async () => {
      const provider = new FakeProvider(json(503, {}), raw(502, '<html>', { 'content-type': 'text/html' }), OK);
      expect(await get(provider)).toMatchObject({ upstreamRequests: 3 });
      const [first = 0, second = 0] = provider.waits;
      expect(first).toBeGreaterThanOrEqual(100);
      expect(second).toBeGreaterThan(first);
    });

    it('gives up after four attempts', async () => {
      const provider = new FakeProvider(json(500, {}));
      expect(await failure(get(provider))).toMatchObject({
        code: 'provider_error',
        upstreamStatus: 500,
        upstreamRequests: 4,
      });
    });

    it.each([500, 502, 503, 504, 408])(
      'never repeats a write after %i, and says that its outcome is unknown',
      async (status) => {
        const provider = new FakeProvider(json(status, {}));
        const error = await failure(note(provider));
        expect(error).toMatchObject({ code: 'unknown_outcome', upstreamStatus: status, upstreamRequests: 1 });
        expect(error.message).toMatch(/Read the current state/);
      },
    );
  });

  describe('when the connection fails', () => {
    it.each([
      ['network', true, 'provider_error', 4],
      ['network', false, 'provider_error', 4],
      ['truncated', true, 'provider_error', 4],
      ['timeout', true, 'timeout', 1],
      ['too_large', true, 'provider_error', 1],
      ['redirect', true, 'provider_error', 1],
      ['refused', false, 'provider_error', 1],
      ['aborted', true, 'aborted', 1],
    ] as const)('a read that ends with %s (sent: %s) is %s after %i attempts', async (kind, sent, code, attempts) => {
      const provider = new FakeProvider(broken(kind, sent));
      expect(await failure(get(provider))).toMatchObject({ code, upstreamStatus: null, upstreamRequests: attempts });
    });

    it.each([
      ['network', true, 'unknown_outcome', 1],
      ['network', false, 'provider_error', 4],
      ['truncated', true, 'unknown_outcome', 1],
      ['timeout', true, 'unknown_outcome', 1],
      ['timeout', false, 'timeout', 1],
      ['too_large', true, 'unknown_outcome', 1],
      ['aborted', true, 'unknown_outcome', 1],
      ['redirect', true, 'provider_error', 1],
      ['refused', false, 'provider_error', 1],
    ] as const)('a write that ends with %s (sent: %s) is %s after %i attempts', async (kind, sent, code, attempts) => {
      const provider = new FakeProvider(broken(kind, sent));
      expect(await failure(note(provider))).toMatchObject({ code, upstreamRequests: attempts });
    });

    it('repeats a write that never left, until it does', async () => {
      const provider = new FakeProvider(broken('network', false), OK);
      expect(await note(provider)).toMatchObject({ upstreamRequests: 2 });
    });
  });

  describe('when the provider limits its requests', () => {
    it('waits as long as the header says, reads and writes alike, since nothing was done', async () => {
      for (const run of [get, note]) {
        const provider = new FakeProvider(json(429, {}, LIMITED), OK);
        expect(await run(provider)).toMatchObject({ upstreamRequests: 2 });
        expect(provider.waits).toHaveLength(1);
        expect(provider.waits[0]).toBeGreaterThanOrEqual(5000);
        expect(provider.waits[0]).toBeLessThanOrEqual(5250);
      }
    });

    it('does not wait past the deadline, and says when to come back', async () => {
      const provider = new FakeProvider(json(429, {}, LIMITED));
      const error = await failure(get(provider, { deadlineMs: 5000 }));
      expect(error).toMatchObject({ code: 'provider_rate_limited', upstreamStatus: 429, upstreamRequests: 1 });
      expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(5);
      expect(error.retryAfterSeconds).toBeLessThanOrEqual(6);
      expect(provider.waits).toEqual([]);
    });

    it('gives up when it is refused time and again', async () => {
      const provider = new FakeProvider(json(429, {}, { 'retry-after': '1' }));
      expect(await failure(get(provider))).toMatchObject({ code: 'provider_rate_limited', upstreamRequests: 4 });
    });
  });

  describe('the deadline', () => {
    it('bounds every request', async () => {
      const provider = new FakeProvider(OK);
      await get(provider, { deadlineMs: 1500 });
      await get(provider, { deadlineMs: 60_000 });
      expect(provider.timeouts).toEqual([1500, 10_000]);
    });

    it('lets nothing leave once it has passed', async () => {
      const provider = new FakeProvider(OK);
      expect(await failure(note(provider, { deadlineMs: 0 }))).toMatchObject({ code: 'timeout', upstreamRequests: 0 });
      expect(provider.requests).toEqual([]);
    });

    it('ends retries that would pass it', async () => {
      const provider = new FakeProvider(json(500, {}));
      const error = await failure(get(provider, { deadlineMs: 150 + 1 }));
      expect(error.code).toBe('provider_error');
      expect(provider.now).toBeLessThanOrEqual(NOW + 151);
    });
  });

  it('lets nothing leave for a caller that has gone', async () => {
    const provider = new FakeProvider(OK);
    expect(await failure(get(provider, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    expect(provider.requests).toEqual([]);
  });

  describe('a link to where something went', () => {
    const moved = (link: string) => json(410, {}, { link });

    it('is followed once by a read', async () => {
      const provider = new FakeProvider(moved('</items/99>; rel="canonical"'), OK);
      expect(await get(provider)).toMatchObject({ upstreamRequests: 2 });
      expect(provider.requests.map(({ path }) => path)).toEqual(['/items/42', '/items/99']);
      const twice = new FakeProvider(moved('</items/99>; rel="canonical"'));
      expect(await failure(get(twice))).toMatchObject({ code: 'not_found', upstreamRequests: 2 });
    });

    it.each([
      '<https://evil.example/items/99>; rel="canonical"',
      '<//evil.example/items/99>; rel="canonical"',
      '</admin/99>; rel="canonical"',
      '</items/99/notes>; rel="canonical"',
      '</items/../me>; rel="canonical"',
      '</items/99?x=1>; rel="canonical"',
      '</items/99>; rel="next"',
      '</items/99>',
      '',
    ])('is not followed as %s', async (link) => {
      const provider = new FakeProvider(moved(link));
      expect(await failure(get(provider))).toMatchObject({ code: 'not_found', upstreamRequests: 1 });
    });

    it('is not followed by a write', async () => {
      const provider = new FakeProvider(moved('</items/99/notes>; rel="canonical"'));
      expect(await failure(note(provider))).toMatchObject({ code: 'not_found', upstreamRequests: 1 });
    });
  });

  it('reports an argument that no request can be built from', async () => {
    const manifest = acmeManifest();
    Object.assign(manifest.tools.acme_item_get ?? {}, {
      request: { method: 'GET', path: '/items/${args.item_id | int}' },
    });
    const error = await failure(
      call(compileManifest(manifest), 'acme_item_get', { item_id: '99999999999999999999' }, new FakeProvider(OK)),
    );
    expect(error).toMatchObject({ code: 'invalid_arguments', upstreamRequests: 0 });
    expect(error.errors).toEqual([
      { field: 'params.item_id', message: 'is not a whole number that can be sent without losing digits.' },
    ]);
  });
});
