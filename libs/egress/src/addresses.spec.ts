import { ProviderDouble, errorOf } from '../test/provider-double.js';
import type { Resolver } from './guarded-connector.js';

const FORBIDDEN = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.1.2.3',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.254',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
];

const hex = (value: number, width = 1): string => value.toString(16).padStart(width, '0');
const octal = (value: number): string => `0${value.toString(8)}`;

/** Ways to write an IPv4 address that some URL parser, library or server reads as that address. */
function spellings(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const tail = `${hex((a << 8) | b)}:${hex((c << 8) | d)}`;
  return [
    address,
    `${address}.`,
    `${number}`,
    `0x${hex(number, 8)}`,
    `0X${hex(number, 8).toUpperCase()}`,
    octal(number),
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map((part) => `0x${hex(part)}`).join('.'),
    [a, b, c, d].map((part) => `000${part.toString(8)}`).join('.'),
    `${a}.${b}.${(c << 8) | d}`,
    `${a}.${((b << 16) | (c << 8) | d) >>> 0}`,
    `0x${hex(a)}.${b}.${octal(c)}.${d}`,
    address.replaceAll('.', '。'),
    address.replaceAll('.', '%2e'),
    Array.from(address, (char) => (char === '.' ? char : String.fromCharCode(char.charCodeAt(0) + 0xfee0))).join(''),
    `%${hex(address.charCodeAt(0), 2)}${address.slice(1)}`,
    `[::ffff:${address}]`,
    `[::ffff:${tail}]`,
    `[0:0:0:0:0:FFFF:${tail}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${address}]`,
    `[2002:${tail}::]`,
    `[2001:0:${tail}::1]`,
    `[fe80::${address}]`,
    `[fd00::${tail}]`,
  ];
}

const answering =
  (...addresses: string[]): Resolver =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

const unknownName: Resolver = () => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }));

describe('addresses that requests may go to', () => {
  let provider: ProviderDouble;
  beforeAll(async () => {
    provider = await ProviderDouble.http((_request, response) => response.end('reached'));
  });
  afterAll(() => provider.stop());

  /** A call to a host that the connector's own list holds, with an operator who allows nothing. */
  const callTo = (host: string, resolve?: Resolver, allow: readonly string[] = []): Promise<unknown> => {
    const url = new URL(`https://${host}:${provider.port}/`);
    const allowedHosts = [`${url.hostname}:${provider.port}`];
    return provider.client(allow, resolve).send(provider.request({ url, allowedHosts }));
  };

  it('E1 refuses every spelling of every forbidden address, without a connection', async () => {
    const hosts = [
      ...FORBIDDEN.flatMap(spellings),
      '[::]',
      '[::1]',
      '[fe80::1]',
      '[fc00::1]',
      '[fd00:ec2::254]',
      '[ff02::1]',
    ];
    // What the URL parser does not take can't become a request at all
    const urls = hosts.filter((host) => URL.canParse(`https://${host}/`));
    expect(urls.length).toBeGreaterThan(300);
    for (const host of urls) {
      const error = await errorOf(callTo(host));
      expect([host, error.kind, error.sent]).toEqual([host, 'refused', false]);
    }
    expect(provider.connections).toBe(0);
  });

  it.each([...FORBIDDEN, '::', '::1', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1'])(
    'E1 refuses a name that resolves to %s',
    async (address) => {
      const error = await errorOf(callTo('provider.test', answering(address)));
      expect(error).toMatchObject({ kind: 'refused', sent: false });
      expect(error.message).toContain('GATEHOUSE_EGRESS_ALLOW');
      expect(error.message).not.toContain(address);
      expect(provider.connections).toBe(0);
    },
  );

  it('E1 refuses a name with one forbidden address among public ones', async () => {
    expect(await errorOf(callTo('provider.test', answering('203.0.114.1', '127.0.0.1')))).toMatchObject({
      kind: 'refused',
    });
    expect(await errorOf(callTo('provider.test', answering('2606:4700::1', '::1')))).toMatchObject({ kind: 'refused' });
    expect(provider.connections).toBe(0);
  });

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'gate.localhost'])(
    'E1 takes %s for this machine, whatever a name server would say',
    async (host) => {
      let asked = 0;
      const lying: Resolver = async () => {
        asked += 1;
        return [{ address: '93.184.215.14', family: 4 }];
      };
      expect(await errorOf(callTo(host, lying))).toMatchObject({ kind: 'refused', sent: false });
      expect(asked).toBe(0);
    },
  );

  it('E1 asks the name server once for a connection and connects to that very answer', async () => {
    const answers = ['127.0.0.1', '10.255.255.1'];
    let asked = 0;
    const rebinding: Resolver = () => Promise.resolve([{ address: answers[asked++] ?? '', family: 4 }]);
    const place = `provider.test:${provider.port}`;
    const request = provider.request({ url: new URL(`http://${place}/`), allowedHosts: [place] });
    const response = await provider.client([place], rebinding).send(request);
    expect(response.body.toString()).toBe('reached');
    expect(asked).toBe(1);
  });

  it('reaches a private address of a host that the operator named', async () => {
    const place = `provider.test:${provider.port}`;
    const request = provider.request({ url: new URL(`http://${place}/`), allowedHosts: [place] });
    const response = await provider.client(['*.test'], answering('127.0.0.1')).send(request);
    expect(response.body.toString()).toBe('reached');
  });

  it.each(['169.254.169.254', 'fd00:ec2::254', '0.0.0.0', '::ffff:127.0.0.1'])(
    'does not reach %s even by a name that the operator named',
    async (address) => {
      expect(await errorOf(callTo('provider.test', answering(address), ['provider.test']))).toMatchObject({
        kind: 'refused',
        sent: false,
      });
    },
  );

  it('says that a name has no address', async () => {
    expect(await errorOf(callTo('provider.test', answering()))).toMatchObject({ kind: 'network', sent: false });
    const error = await errorOf(callTo('provider.test', unknownName));
    expect(error).toMatchObject({ kind: 'network', sent: false });
    expect(error.message).toContain('ENOTFOUND');
  });
});

describe('hosts that requests may go to', () => {
  let provider: ProviderDouble;
  beforeAll(async () => {
    provider = await ProviderDouble.http((_request, response) => response.end());
  });
  afterAll(() => provider.stop());

  const refusalOf = async (url: string, ...allowedHosts: string[]): Promise<string> => {
    const request = provider.request({ url: new URL(url), allowedHosts });
    const error = await errorOf(provider.client(['*.test'], answering('127.0.0.1')).send(request));
    expect(error).toMatchObject({ kind: 'refused', sent: false });
    return error.message;
  };

  it.each([
    ['another host', 'https://example.com/'],
    ['a host that only ends alike', 'https://evilintercom.io/'],
    ['a host that only begins alike', 'https://intercom.io.evil.com/'],
    ['a trailing dot', 'https://intercom.io./'],
    ['another port', 'https://api.intercom.io:8443/'],
    ['port 80', 'https://api.intercom.io:80/'],
    ['plain http', 'http://api.intercom.io/'],
    ['plain http on 443', 'http://api.intercom.io:443/'],
  ])('refuses %s than the connector lists', async (_what, url) => {
    expect(await refusalOf(url, 'intercom.io')).toContain('not one of the hosts');
  });

  it.each(['https://api.intercom.io@intercom.io/', 'https://:word@intercom.io/'])(
    'refuses a user name or password in the URL: %s',
    async (url) => {
      expect(await refusalOf(url, 'intercom.io')).toContain('user name or password');
    },
  );

  it.each(['ftp://intercom.io/', 'file:///etc/passwd', 'data:text/plain,x', 'ws://intercom.io/'])(
    'refuses %s',
    async (url) => {
      expect(await refusalOf(url, 'intercom.io')).toContain('Scheme');
    },
  );

  it('refuses plain http to a listed host and port that the operator did not name', async () => {
    expect(await refusalOf('http://provider.example:8080/', 'provider.example:8080')).toContain('unencrypted');
  });
});
