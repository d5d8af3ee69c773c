import { newId } from '#app/kernel';
import { readPageRequest, toPage } from './page.js';

describe('pages', () => {
  it('take 30 when nothing is said, and from 1 to 100', () => {
    expect(readPageRequest({})).toEqual({ limit: 30, after: null });
    expect(readPageRequest({ pageSize: 100, pageToken: '' })).toEqual({ limit: 100, after: null });
    for (const pageSize of [0, 101, -1, 1.5, Number.NaN])
      expect(() => readPageRequest({ pageSize })).toThrow('page_size');
  });

  it('lead from one to the next', () => {
    const rows = [newId('client'), newId('client'), newId('client')].map((id) => ({ id }));
    const page = toPage(rows, 2);
    expect(page.items).toEqual(rows.slice(0, 2));
    expect(readPageRequest({ pageToken: page.nextPageToken }).after).toBe(rows[1]?.id);
    expect(toPage(rows, 3).nextPageToken).toBe('');
    expect(toPage([], 3)).toEqual({ items: [], nextPageToken: '' });
  });

  it.each([
    'x',
    'skc_',
    Buffer.from("skc_' OR 1=1").toString('base64url'),
    Buffer.from('tenant_1').toString('base64url'),
  ])('refuse the page token %j', (pageToken) => {
    expect(() => readPageRequest({ pageToken })).toThrow('page_token');
  });
});
