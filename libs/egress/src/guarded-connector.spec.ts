import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { ConnectProxy } from '../test/connect-proxy.js';
import { ProviderDouble } from '../test/provider-double.js';
import { guardedConnector, systemResolver } from './guarded-connector.js';
import { HostPolicy } from './host-policy.js';

describe('connections that are kept for later requests', () => {
  it.each(['directly', 'through a proxy'])('do not remember the one for which they were opened: %s', async (way) => {
    const provider = await ProviderDouble.tcp((socket, data) => void socket.write(data));
    const proxy = await ConnectProxy.start(() => ({ port: provider.port }));
    const host = way === 'directly' ? provider.host : 'provider.test:80';
    const { protocol, hostname, port } = new URL(`http://${host}`);
    const resolve = way === 'directly' ? systemResolver : async () => [{ address: '93.184.215.14', family: 4 }];
    const connect = guardedConnector(
      new HostPolicy({ allow: [host] }),
      resolve,
      way === 'directly' ? null : proxy.forAll(),
    );
    const request = new AsyncLocalStorage<string>();
    const socket = await request.run(
      'its tokens',
      () =>
        new Promise<Socket>((opened, failed) =>
          connect({ protocol, hostname, host, port }, (error, made) => (error === null ? opened(made) : failed(error))),
        ),
    );
    const remembered = new Promise((heard) => socket.once('data', () => heard(request.getStore() ?? 'nothing')));
    socket.write('for a later request');
    expect(await remembered).toBe('nothing');
    socket.destroy();
    await proxy.stop();
    await provider.stop();
  });
});

describe('connections to literal addresses, which no resolver sees', () => {
  it.each(['127.0.0.1', '[::1]', '169.254.169.254'])('are refused to %s by the connector itself', async (hostname) => {
    const connect = guardedConnector(new HostPolicy({ allow: [] }), systemResolver);
    const options = { protocol: 'http:', hostname, host: `${hostname}:1`, port: '1' };
    const error = await new Promise((answered) => connect(options, (...[failure]) => answered(failure)));
    expect(error).toMatchObject({ kind: 'refused' });
  });
});
