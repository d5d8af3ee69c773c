import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { ProxiesConfig } from '#app/config';
import { Secret } from '#app/kernel';
import { selfSigned } from '#app/testing';
import { ConnectProxy, type TunnelAnswer } from '../test/connect-proxy.js';
import { ProviderDouble, errorOf } from '../test/provider-double.js';
import { EgressClient } from './egress-client.js';
import type { EgressResponse } from './egress-request.js';
import type { Resolver } from './guarded-connector.js';

const PUBLIC = '93.184.215.14';

describe('requests through a proxy', () => {
  let provider: ProviderDouble;
  let proxy: ConnectProxy;
  let answer: (target: string) => TunnelAnswer;
  const clients: EgressClient[] = [];

  beforeEach(async () => {
    provider = await ProviderDouble.http((_request, response) => response.end('reached'));
    answer = () => ({ port: provider.port });
    proxy = await ConnectProxy.start((target) => answer(target));
  });
  afterEach(async () => {
    await proxy.stop();
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await provider.stop();
  });

  const answering =
    (...addresses: string[]): Resolver =>
    () =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  const unasked: Resolver = () => Promise.reject(new Error('Nobody may look a name up'));

  interface Setting {
    readonly resolve?: Resolver;
    readonly allow?: readonly string[];
    readonly proxies?: ProxiesConfig;
    readonly timeoutMs?: number;
    readonly connectTimeoutMs?: number;
  }

  /** Plain http, so that the operator has to name the host. */
  const get = (url: string, setting: Setting = {}): Promise<EgressResponse> => {
    const {
      resolve = answering(PUBLIC),
      allow,
      proxies = proxy.forAll(),
      timeoutMs = 20_000,
      connectTimeoutMs,
    } = setting;
    const { host } = new URL(url);
    const client = new EgressClient({ allow: allow ?? [host], proxies }, resolve, connectTimeoutMs);
    clients.push(client);
    return client.send(provider.request({ url: new URL(url), allowedHosts: [host], timeoutMs }));
  };

  it('E1 asks the proxy for the address that was checked, and names the host to the provider only', async () => {
    const response = await get('http://provider.test:8080/path?q=1');
    expect(response.body.toString()).toBe('reached');
    expect(proxy.asked).toEqual([`${PUBLIC}:8080`]);
    expect(provider.arrived).toMatchObject([{ url: '/path?q=1', headers: { host: 'provider.test:8080' } }]);
  });

  it('E1 looks a name up once: a second answer changes nothing', async () => {
    const answers = [PUBLIC, '127.0.0.1'];
    const rebinding: Resolver = () => Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]);
    await get('http://provider.test:8080/', { resolve: rebinding });
    expect([proxy.asked, answers]).toEqual([[`${PUBLIC}:8080`], ['127.0.0.1']]);
  });

  it.each(['10.0.0.1', '127.0.0.1', '169.254.169.254', '::1', 'fd00:ec2::254', '::ffff:10.0.0.1', '64:ff9b::7f00:1'])(
    'E1 does not even ask the proxy for a name that resolves to %s',
    async (address) => {
      const call = get('https://provider.test:8443/', { resolve: answering(PUBLIC, address), allow: [] });
      expect(await errorOf(call)).toMatchObject({ kind: 'refused', sent: false });
      expect(proxy.connections).toBe(0);
    },
  );

  it.each(['10.0.0.1', '169.254.169.254', '2130706433', '0x7f.1', '[fd00:ec2::254]', '[::ffff:10.0.0.1]'])(
    'E1 does not even ask the proxy for the literal address %s',
    async (host) => {
      for (const resolveNames of [false, true]) {
        const call = get(`https://${host}:8443/`, { allow: [], proxies: proxy.forAll({ resolveNames }) });
        expect(await errorOf(call)).toMatchObject({ kind: 'refused', sent: false });
      }
      expect(proxy.connections).toBe(0);
    },
  );

  it('tries the next address when the proxy does not reach the first, IPv6 in brackets', async () => {
    answer = (target) => (target.startsWith('[') ? { status: 502 } : { port: provider.port });
    await get('http://provider.test:8080/', { resolve: answering('2606:4700::1', PUBLIC) });
    expect(proxy.asked).toEqual(['[2606:4700::1]:8080', `${PUBLIC}:8080`]);
  });

  it('leaves time for the others when the first is silent', async () => {
    answer = (target) => (target.startsWith('[') ? 'silence' : { port: provider.port });
    await get('http://provider.test:8080/', { resolve: answering('2606:4700::1', PUBLIC), connectTimeoutMs: 2_000 });
    expect(proxy.asked).toEqual(['[2606:4700::1]:8080', `${PUBLIC}:8080`]);
  });

  it('waits no longer for a hundred silent addresses than for one', async () => {
    answer = () => 'silence';
    const addresses = Array.from({ length: 100 }, (_, last) => `93.184.215.${last + 1}`);
    const call = get('http://provider.test:8080/', { resolve: answering(...addresses), connectTimeoutMs: 300 });
    expect(await errorOf(call)).toMatchObject({ kind: 'timeout', message: 'The proxy did not answer in time' });
  });

  it('speaks TLS through the tunnel, with the name of the host, and checks who answers', async () => {
    const names: string[] = [];
    const refuse = (name: string, done: (error: Error) => void): void => {
      names.push(name);
      done(new Error('no certificate'));
    };
    const secure = createTlsServer({ SNICallback: refuse });
    secure.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    answer = () => ({ port: (secure.address() as AddressInfo).port });
    const error = await errorOf(get('https://provider.test:8443/', { allow: [] }));
    expect(error).toMatchObject({ kind: 'network', sent: false });
    expect([names, proxy.asked]).toEqual([['provider.test'], [`${PUBLIC}:8443`]]);
    secure.close();
  });

  it.each(['directly', 'through the tunnel'])('says nothing to whom no authority vouches for: %s', async (way) => {
    const heard: string[] = [];
    const impostor = createTlsServer(selfSigned(), (socket) =>
      socket.on('data', (bytes) => void heard.push(bytes.toString())).on('error', () => undefined),
    );
    impostor.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
    const { port } = impostor.address() as AddressInfo;
    answer = () => ({ port });
    const call =
      way === 'directly'
        ? get(`https://localhost:${port}/`, { resolve: answering('127.0.0.1') })
        : get('https://provider.test:8443/', { allow: [] });
    const error = await errorOf(call);
    expect([error.kind, error.sent, heard]).toEqual(['network', false, []]);
    impostor.close();
  });

  it('takes no connection on which something is said before the request', async () => {
    answer = () => ({ port: provider.port, early: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged' });
    const error = await errorOf(get('http://provider.test:8080/'));
    expect(error).toMatchObject({ kind: 'network', sent: false });
    expect(provider.arrived).toEqual([]);
  });

  it('shows its credentials to the proxy and to nobody else', async () => {
    const login = { username: 'ops', password: new Secret('pass:canary') };
    const server = { ...proxy.config, login };
    const proxies = proxy.forAll({ https: server, http: server });
    await get('http://provider.test:8080/', { proxies });
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('ops:pass:canary').toString('base64')}`]);
    expect(JSON.stringify(provider.arrived)).not.toMatch(/proxy-|canary/i);
    answer = () => ({ status: 407 });
    const error = await errorOf(get('http://provider.test:8080/', { proxies }));
    expect(error).toMatchObject({ kind: 'network', sent: false, message: expect.stringContaining('407') });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/canary|b3Bz/);
  });

  it.each(['provider.test', '.test', '*.test', 'PROVIDER.test:8080', 'other.test, provider.test', '*'])(
    'goes directly where NO_PROXY says %s',
    async (noProxy) => {
      const url = `http://provider.test:${provider.port}/`;
      const except = noProxy.replace('8080', String(provider.port)).split(', ');
      await get(url, { resolve: answering('127.0.0.1'), proxies: proxy.forAll({ except }) });
      expect([provider.arrived.length, proxy.connections]).toEqual([1, 0]);
    },
  );

  it.each(['der.test', 'provider.test:1', 'a.provider.test', '.', ''])(
    'goes through the proxy where NO_PROXY says %j',
    async (entry) => {
      await get('http://provider.test:8080/', { proxies: proxy.forAll({ except: [entry] }) });
      expect(proxy.asked).toHaveLength(1);
    },
  );

  it('reaches this machine directly: a proxy would only reach itself', async () => {
    await get(`http://127.0.0.1:${provider.port}/`);
    await get(`http://localhost:${provider.port}/`, { resolve: answering('127.0.0.1') });
    expect([provider.arrived.length, proxy.connections]).toEqual([2, 0]);
  });

  it('has one proxy per scheme', async () => {
    const onlyHttps = proxy.forAll({ http: null });
    const url = `http://provider.test:${provider.port}/`;
    await get(url, { resolve: answering('127.0.0.1'), proxies: onlyHttps });
    expect(proxy.connections).toBe(0);
  });

  it('hands the name on, and looks nothing up, where the operator lets the proxy resolve names', async () => {
    await get('http://provider.test:8080/', { resolve: unasked, proxies: proxy.forAll({ resolveNames: true }) });
    expect(proxy.asked).toEqual(['provider.test:8080']);
  });

  it('knows that nothing was sent when the proxy refuses, is silent or is gone', async () => {
    answer = () => ({ status: 403 });
    expect(await errorOf(get('http://provider.test:8080/'))).toMatchObject({ kind: 'network', sent: false });
    answer = () => 'silence';
    const slow = get('http://provider.test:8080/', { timeoutMs: 100 });
    expect(await errorOf(slow)).toMatchObject({ kind: 'timeout', sent: false });
    const proxies = proxy.forAll();
    await proxy.stop();
    expect(await errorOf(get('http://provider.test:8080/', { proxies }))).toMatchObject({
      kind: 'network',
      sent: false,
    });
    expect(provider.connections).toBe(0);
    proxy = await ConnectProxy.start((target) => answer(target));
  });
});
