import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { selfSigned } from '#app/testing';

/** Ends TLS in front of a server that speaks none, as the proxy of an operator does. */
export class TlsProxy {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer(selfSigned(), (outside) => this.join(outside));

  constructor(private readonly target: URL) {}

  async listen(port: number): Promise<void> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(outside: Socket): void {
    const inside = connect(Number(this.target.port), this.target.hostname);
    for (const [one, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => this.sockets.delete(one));
      one.pipe(other);
    }
  }
}
