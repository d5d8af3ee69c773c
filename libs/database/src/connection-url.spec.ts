import { describeUrl, urlForLogin } from './connection-url.js';

describe('urlForLogin', () => {
  const login = { user: 'gatehouse_app_5', password: 'p/w@1' };

  it.each([
    ['postgres://me:s3cret@db:5432/app', 'postgres://gatehouse_app_5:p%2Fw%401@db:5432/app'],
    ['postgres://db/app?sslmode=require', 'postgres://gatehouse_app_5:p%2Fw%401@db/app?sslmode=require'],
    ['postgres://db/app?user=me&password=s3cret', 'postgres://gatehouse_app_5:p%2Fw%401@db/app'],
    [
      'postgres:///app?host=%2Frun%2Fpg&user=me&password=s3cret',
      'postgres:///app?host=%2Frun%2Fpg&user=gatehouse_app_5&password=p%2Fw%401',
    ],
  ])('replaces the user of %s and keeps the rest', (url, expected) => {
    expect(urlForLogin(url, login)).toBe(expected);
  });

  it('leaves no password of the owner when the login has none', () => {
    const passwordless = { ...login, password: null };
    expect(urlForLogin('postgres://me:s3cret@db/app', passwordless)).toBe('postgres://gatehouse_app_5@db/app');
    expect(urlForLogin('postgres:///app?host=%2Fp&password=s3cret', passwordless)).not.toContain('s3cret');
  });
});

describe('describeUrl', () => {
  it.each([
    ['postgres://me:s3cret@db.example:5432/app?sslmode=require', 'db.example:5432/app'],
    ['postgres:///app?host=%2Frun%2Fpg&user=me&password=s3cret', '/app on /run/pg'],
    ['postgresql://me:s3c@ret@db/app', 'db/app'],
  ])('names the place of %s and no password', (url, expected) => {
    expect(describeUrl(url)).toBe(expected);
  });
});
