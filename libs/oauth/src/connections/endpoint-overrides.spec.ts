import { checkEndpoints, checkHttpUrl } from './endpoint-overrides.js';

describe('endpoint overrides', () => {
  it('keeps the known URLs, without a slash at their end', () => {
    const endpoints = { apiUrl: 'https://api.example/v1/', tokenUrl: 'http://127.0.0.1:4000/token', other: 'x' };
    expect(checkEndpoints(endpoints)).toEqual({
      apiUrl: 'https://api.example/v1',
      tokenUrl: 'http://127.0.0.1:4000/token',
    });
  });

  it.each([
    ['not a URL', 'api.example'],
    ['another scheme', 'ftp://api.example'],
    ['plain http elsewhere', 'http://api.example'],
    ['a host that only looks like loopback', 'http://127.0.0.1.example'],
    ['credentials', 'https://user:pw@api.example'],
    ['a fragment', 'https://api.example/#x'],
  ])('refuses %s and names the field', (_, apiUrl) => {
    expect(() => checkEndpoints({ apiUrl })).toThrow(/^endpoints\.api_url: /);
  });

  it('O8 lets no spelling of a URL through that is not http or https to a host', () => {
    const spellings = [
      'javascript:alert(1)',
      '\tjavascript:alert(1)',
      'data:text/html,x',
      '//evil',
      '\\\\evil',
      'https:',
      'https://',
      'http:/\u2044evil',
      '',
    ];
    for (const text of spellings) expect(() => checkHttpUrl('user_verify_url', text)).toThrow(/user_verify_url/);
  });
});
