import { HostPolicy } from './host-policy.js';

const allows = (entry: string, hostname: string, port = 443): boolean =>
  new HostPolicy({ allow: [entry] }).allows(hostname, port);

describe('HostPolicy', () => {
  it('allows nothing when it is empty', () => {
    expect(new HostPolicy({ allow: [] }).allows('example.com', 443)).toBe(false);
  });

  it('takes a host without a port as that host on every port', () => {
    expect(allows('sandbox.test', 'sandbox.test', 8080)).toBe(true);
    expect(allows('sandbox.test', 'a.sandbox.test', 8080)).toBe(false);
  });

  it('holds an entry with a port to that port', () => {
    expect(allows('127.0.0.1:4000', '127.0.0.1', 4000)).toBe(true);
    expect(allows('127.0.0.1:4000', '127.0.0.1', 4001)).toBe(false);
    expect(allows('127.0.0.1:4000', 'localhost', 4000)).toBe(false);
  });

  it('takes *.suffix as what is below it, and not the suffix itself', () => {
    expect(allows('*.corp.test', 'git.corp.test')).toBe(true);
    expect(allows('*.corp.test:8443', 'git.corp.test', 8443)).toBe(true);
    expect(allows('*.corp.test:8443', 'git.corp.test', 443)).toBe(false);
    expect(allows('*.corp.test', 'corp.test')).toBe(false);
    expect(allows('*.corp.test', 'evilcorp.test')).toBe(false);
  });

  it('reads IPv6 with and without brackets, in any spelling', () => {
    expect(allows('[::1]:4000', '[::1]', 4000)).toBe(true);
    expect(allows('::1', '[::1]', 80)).toBe(true);
    expect(allows('0:0:0:0:0:0:0:1', '::1', 80)).toBe(true);
    expect(allows('[::1]:4000', '[::1]', 4001)).toBe(false);
  });

  it('does not care for the case of letters', () => {
    expect(allows('Sandbox.Test', 'sandbox.test')).toBe(true);
  });

  it.each(['*', 'a b', 'http://x', 'x/y', 'user@x', 'x:99999', '*.*.x', '', '[::1', 'x?y'])(
    'refuses the entry %j by name',
    (entry) => {
      expect(() => new HostPolicy({ allow: [entry] })).toThrow(JSON.stringify(entry));
    },
  );
});
