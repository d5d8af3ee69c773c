import type { JsonObject } from '#app/kernel';
import { acme, acmeManifest, compileManifest } from '../../test/acme.js';
import { call, CREDENTIAL, FakeProvider, json, raw, rejection } from '../../test/fake-provider.js';

const page = (ids: number[], next: string | null, more: JsonObject = {}) =>
  json(200, { items: ids.map((id) => ({ id })), next, total: 9, ...more });

const list = async (provider: FakeProvider, args: JsonObject, connector = acme()) =>
  (await call(connector, 'acme_items_list', args, provider)).data;

const idsOf = (data: JsonObject) => (data.items as { id: string }[]).map(({ id }) => id);

describe('pagination', () => {
  it('asks for no more than is wanted, and returns the cursor that continues there', async () => {
    const provider = new FakeProvider(page([1, 2, 3], 'c3'), page([4, 5], 'c5'));
    expect(await list(provider, { limit: 5 })).toEqual({
      items: ['1', '2', '3', '4', '5'].map((id) => ({ id })),
      total_count: 9,
      next_cursor: 'c5',
    });
    expect(provider.requests.map(({ query }) => query)).toEqual([
      [['count', '3']],
      [
        ['count', '2'],
        ['after', 'c3'],
      ],
    ]);
  });

  it('starts at the caller’s cursor', async () => {
    const provider = new FakeProvider(page([7], null));
    expect(await list(provider, { cursor: 'c6' })).toMatchObject({ next_cursor: null });
    expect(provider.requests[0]?.query).toContainEqual(['after', 'c6']);
  });

  it.each([
    ['no next cursor', page([1], null)],
    ['an empty next cursor', page([1], '')],
    ['a cursor although there is no more', page([1], 'c1', { has_more: false })],
  ])('ends at %s', async (_, answer) => {
    const provider = new FakeProvider(answer);
    expect(await list(provider, { limit: 5 })).toMatchObject({ next_cursor: null });
    expect(provider.requests).toHaveLength(1);
  });

  it('ends when a cursor comes round again', async () => {
    const provider = new FakeProvider(page([1], 'same'));
    expect(await list(provider, { limit: 50 })).toMatchObject({ next_cursor: null });
    expect(provider.requests).toHaveLength(2);
  });

  it('ends against a provider that always has more and never gives any', async () => {
    let count = 0;
    const provider = new FakeProvider(() => page([], `c${count++}`));
    expect(idsOf(await list(provider, { limit: 50 }))).toEqual([]);
    expect(provider.requests).toHaveLength(20);
  });

  it('returns no more than was asked for, whatever a page holds', async () => {
    const provider = new FakeProvider(page([1, 2, 3, 4], 'c4'));
    expect(idsOf(await list(provider, { limit: 2 }))).toEqual(['1', '2']);
    const several = new FakeProvider(page([1, 2, 3, 4, 5], 'c5'), page([6, 7, 8], 'c8'));
    expect(idsOf(await list(several, { limit: 4 }))).toEqual(['1', '2', '3', '6']);
  });

  it('survives a page of half a million items', async () => {
    const answer = raw(200, `{"items":[${'{},'.repeat(500_000)}{}],"next":null}`);
    expect((await list(new FakeProvider(answer), { limit: 2 })).items).toEqual([{ id: null }, { id: null }]);
  });

  it.each([
    ['the credential', CREDENTIAL],
    ['the credential with something invisible in it', `${CREDENTIAL.slice(0, 5)}\u200b${CREDENTIAL.slice(5)}`],
    ['a text without end', 'x'.repeat(100_000)],
  ])('takes %s for no cursor', async (_, cursor) => {
    const provider = new FakeProvider(page([1], cursor));
    expect(await list(provider, { limit: 5 })).toMatchObject({ items: [{ id: '1' }], next_cursor: null });
  });

  it('keeps digits of long ids', async () => {
    const answer = { ...json(200, {}), body: Buffer.from('{"items":[{"id":12345678901234567891}],"next":null}') };
    expect(idsOf(await list(new FakeProvider(answer), {}))).toEqual(['12345678901234567891']);
  });

  it('is an error of the provider when there is no list', async () => {
    expect(await rejection(list(new FakeProvider(json(200, { data: [] })), {}))).toMatchObject({
      code: 'provider_error',
    });
  });

  it('writes cursor and size into a body where the provider wants them', async () => {
    const manifest = acmeManifest();
    manifest.pagination = {
      items: {
        type: 'cursor',
        in: 'body',
        param: 'page.after',
        limit: 'page.size',
        maxPerPage: 3,
        items: '$.items',
        next: '$.next',
      },
    };
    Object.assign(manifest.tools.acme_items_list ?? {}, {
      request: { method: 'POST', path: '/items/search', body: { q: 1 } },
    });
    const provider = new FakeProvider(page([1, 2, 3], 'c3'), page([4], null));
    await list(provider, { limit: 4 }, compileManifest(manifest));
    expect(provider.bodies).toEqual([
      { q: 1, page: { size: 3 } },
      { q: 1, page: { size: 1, after: 'c3' } },
    ]);
    expect(provider.requests.every(({ write }) => !write)).toBe(true);
  });
});
