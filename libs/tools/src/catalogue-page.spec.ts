import { pageOfCatalogue } from './catalogue-page.js';

const ALL = ['a', 'b', 'c', 'd', 'e'];

describe('a page of the catalogue', () => {
  it('leads to the next and back to the one before', () => {
    const first = pageOfCatalogue(ALL, { pageSize: 2 });
    expect(first).toMatchObject({ items: ['a', 'b'], prevPageToken: '', totalSize: 5 });
    const second = pageOfCatalogue(ALL, { pageSize: 2, pageToken: first.nextPageToken });
    const last = pageOfCatalogue(ALL, { pageSize: 2, pageToken: second.nextPageToken });
    expect([second.items, last.items, last.nextPageToken]).toEqual([['c', 'd'], ['e'], '']);
    expect(pageOfCatalogue(ALL, { pageSize: 2, pageToken: second.prevPageToken })).toEqual(first);
  });

  it('is the first one for an absent or an empty token, of a hundred', () => {
    expect(pageOfCatalogue(ALL, { pageToken: '' })).toEqual(pageOfCatalogue(ALL, {}));
    expect(pageOfCatalogue(Array.from({ length: 101 }), {}).items).toHaveLength(100);
  });

  it.each([
    [{ pageToken: 'nonsense' }, 'page_token'],
    [{ pageToken: Buffer.from('o1e3').toString('base64url') }, 'page_token'],
    [{ pageSize: 0 }, 'page_size'],
    [{ pageSize: 1001 }, 'page_size'],
    [{ pageSize: 1.5 }, 'page_size'],
  ])('refuses %j', (request, field) => {
    expect(() => pageOfCatalogue(ALL, request)).toThrow(
      expect.objectContaining({ code: 'invalid_arguments', errors: [expect.objectContaining({ field })] }),
    );
  });
});
