import { newId } from '#app/kernel';
import { pageTokenOf, readPageToken } from './page-token.js';

describe('page token', () => {
  it('comes back as the event it was made of', () => {
    const id = newId('event');
    expect(readPageToken(pageTokenOf(id))).toBe(id);
  });

  const id = newId('event');
  it.each([
    ['garbage', '%%%'],
    ['an id in the clear', id],
    ['the id of something else', Buffer.from(newId('account')).toString('base64url')],
    ['a token with something behind it', `${pageTokenOf(id)}!`],
    ['SQL', Buffer.from("evt_' OR 1=1 --").toString('base64url')],
  ])('refuses %s', (_what, token) => {
    expect(() => readPageToken(token)).toThrow(
      expect.objectContaining({
        code: 'invalid_arguments',
        errors: [expect.objectContaining({ field: 'page_token' })],
      }),
    );
  });
});
