import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** `pass` on to the server; `refuse` and cut all connections; `silent`: accept and read, but never answer. */
export type Behaviour = 'pass' | 'refuse' | 'silent';

export interface Proxy {
  readonly port: number;
  /** All that clients have sent. */
  readonly sent: readonly Buffer[];
  /** From now on, for open connections too. */
  behave(way: Behaviour): Promise<void>;
  close(): Promise<void>;
}

/** A TCP port in front of a Unix socket. */
export async function startProxy(target: string): Promise<Proxy> {
  let way: Behaviour = 'pass';
  const open = new Set<Socket>();
  const sent: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => void sent.push(chunk));
    client.on('data', (chunk) => void (way === 'pass' && upstream.write(chunk)));
    upstream.on('data', (chunk) => void (way === 'pass' && client.write(chunk)));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const behave = async (next: Behaviour): Promise<void> => {
    way = next;
    if (next === 'silent') return;
    for (const socket of open) socket.destroy();
    if (next === 'refuse') server.close();
    else if (!server.listening) {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    }
  };
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, sent, behave, close };
}
