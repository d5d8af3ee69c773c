import { isSameApp } from './same-app.js';

describe('isSameApp', () => {
  const app = {
    connector: 'toy',
    oauthClientId: 'client',
    params: { region: 'eu', plan: 'x' },
    endpoints: { tokenUrl: 'https://a.example/token', apiUrl: 'https://a.example' },
  };

  it('does not care for the order of fields, nor for a field that is undefined', () => {
    const endpoints = { apiUrl: 'https://a.example', tokenUrl: 'https://a.example/token', revokeUrl: undefined };
    expect(isSameApp(app, { ...app, params: { plan: 'x', region: 'eu' }, endpoints })).toBe(true);
  });

  it.each([
    ['connector', { connector: 'plain' }],
    ['client id', { oauthClientId: 'Client' }],
    ['parameter', { params: { region: 'us', plan: 'x' } }],
    ['parameter less', { params: { region: 'eu' } }],
    ['parameter more', { params: { ...app.params, more: 'y' } }],
    ['endpoint', { endpoints: { ...app.endpoints, tokenUrl: 'https://b.example/token' } }],
    ['endpoint less', { endpoints: { apiUrl: 'https://a.example' } }],
    ['endpoint more', { endpoints: { ...app.endpoints, revokeUrl: 'https://a.example/revoke' } }],
  ])('sees another %s', (_, change) => {
    expect(isSameApp(app, { ...app, ...change })).toBe(false);
  });
});
