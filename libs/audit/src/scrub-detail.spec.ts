import type { JsonObject } from '#app/kernel';
import { detailText, MAX_DETAIL_BYTES } from './scrub-detail.js';

const scrubbed = (detail: JsonObject): unknown => JSON.parse(detailText(detail));

describe('detailText', () => {
  it('leaves what is ordinary as it is', () => {
    const detail = {
      arguments: { state: 'open', limit: 5, tags: ['a', 'b'], snoozed: false, until: null, ratio: 0.5 },
    };
    expect(scrubbed(detail)).toEqual(detail);
  });

  it.each([
    'authorization',
    'Authorization',
    'access_token',
    'refreshToken',
    'token',
    'client_secret',
    'password',
    'Set-Cookie',
    'api_key',
    'apiKey',
    'x-api-key',
    'code_verifier',
    'private_key',
    'credentials',
  ])('A10 redacts what sits under the key %s, at any depth', (key) => {
    expect(scrubbed({ [key]: 'canary', deep: [{ [key]: { inner: 'canary' } }] })).toEqual({
      [key]: '[redacted]',
      deep: [{ [key]: '[redacted]' }],
    });
  });

  it('keeps what only tells something about a secret', () => {
    const detail = {
      secret_version: 3,
      token_type: 'bearer',
      token_expires_at: '2026-01-01',
      password: null,
      author: 'Ada',
    };
    expect(scrubbed(detail)).toEqual(detail);
  });

  it('cuts texts over 4,000 characters', () => {
    const { body } = scrubbed({ body: 'x'.repeat(1_000_000) }) as { body: string };
    expect(body).toBe(`${'x'.repeat(4_000)}… [cut, 1000000 characters in all]`);
  });

  it('cuts what is too deep, lists that are too long and objects that are too wide', () => {
    let deep: JsonObject = { end: true };
    for (let level = 0; level < 50; level++) deep = { deep };
    expect(detailText(deep)).toContain('[too deep]');
    const { list } = scrubbed({ list: Array.from({ length: 5_000 }, (_, n) => n) }) as { list: unknown[] };
    expect(list).toHaveLength(201);
    expect(list.at(-1)).toBe('[cut, 5000 in all]');
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, n]));
    const { wide: kept } = scrubbed({ wide }) as { wide: Record<string, unknown> };
    expect(Object.keys(kept)).toHaveLength(201);
    expect(kept['[cut]']).toBe('more fields');
  });

  it('keeps the whole within its limit and still shows how it begins', () => {
    const lines = Array.from({ length: 150 }, (_, n) => `${n} ${'ü\u0007'.repeat(1_000)}`);
    const text = detailText({ first: 'kept', lines });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
    expect(JSON.parse(text)).toMatchObject({
      first: 'kept',
      lines: expect.arrayContaining([expect.stringMatching(/^0 ü/)]),
    });
  });

  it('keeps a key named __proto__ a key', () => {
    expect(detailText(JSON.parse('{"__proto__": {"a": 1}}') as JsonObject)).toBe('{"__proto__":{"a":1}}');
  });

  it('writes what is no JSON as null or leaves it out, instead of failing', () => {
    const odd = { big: 1n, nan: NaN, fn: () => 1, none: undefined } as unknown as JsonObject;
    expect(scrubbed(odd)).toEqual({ big: null, nan: null, fn: null });
  });
});
