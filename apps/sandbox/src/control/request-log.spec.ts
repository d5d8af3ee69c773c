import { RequestLog, withoutSecrets } from './request-log.js';

const request = (number: number): Parameters<RequestLog['add']>[0] => ({
  method: 'GET',
  url: `/conversations/${number}?per_page=5&code=secret-code`,
  headers: { authorization: 'Bearer secret-token', cookie: 'session=secret-session', accept: '*/*' },
  at: 0,
});

describe('RequestLog', () => {
  it('keeps headers and query, without a secret in them', () => {
    const log = new RequestLog();
    const entry = log.add(request(1));
    expect(entry).toMatchObject({ path: '/conversations/1', headers: { accept: '*/*' } });
    expect(entry.query[0]).toEqual(['per_page', '5']);
    expect(JSON.stringify(log.list())).not.toContain('secret');
  });

  it('shows no part of a credential in an unusual scheme', () => {
    const entry = new RequestLog().add({ ...request(1), headers: { authorization: 'Basic secret-basic' } });
    expect(entry.headers.authorization).toBe('unreadable');
    expect(entry.token_hash).toBeNull();
  });

  it('replaces secrets of a body and leaves the rest', () => {
    const body = withoutSecrets({ client_id: 'app', client_secret: 'a', code: 'b' });
    expect(body).toEqual({
      client_id: 'app',
      client_secret: expect.stringMatching(/^sha256:/),
      code: expect.stringMatching(/^sha256:/),
    });
  });

  it('keeps the newest ten thousand', () => {
    const log = new RequestLog();
    for (let number = 1; number <= 20_001; number += 1) log.add(request(number));
    expect(log.list()).toHaveLength(10_000);
    expect(log.list().at(-1)?.number).toBe(20_001);
  });
});
