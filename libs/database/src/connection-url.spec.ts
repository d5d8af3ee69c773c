import { describeUrl, urlForRole } from './connection-url.js';

describe('urlForRole', () => {
  it('adds the role as a startup option', () => {
    expect(urlForRole('postgres://me:pw@db:5432/app', 'gatehouse_app')).toBe(
      'postgres://me:pw@db:5432/app?options=-c%20role%3Dgatehouse_app',
    );
  });

  it('keeps the options that are there, and puts the role last so that it wins', () => {
    const url = urlForRole('postgres://db/app?options=-c%20role%3Dpostgres&sslmode=require', 'gatehouse_system');
    expect(new URL(url).searchParams.get('options')).toBe('-c role=postgres -c role=gatehouse_system');
    expect(new URL(url).searchParams.get('sslmode')).toBe('require');
  });

  it('keeps the path of a socket', () => {
    const url = urlForRole('postgres:///app?host=%2Frun%2Fpg&port=5432&user=me', 'gatehouse_app');
    expect(new URL(url).searchParams.get('host')).toBe('/run/pg');
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
