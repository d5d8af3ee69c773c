import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RelaySession } from './relay-session.js';
import type { Trap } from './trap.js';

/**
 * A TCP port in front of the socket of Postgres, one per node. It understands enough of the protocol to stop a node at a
 * statement: before Postgres gets it, or after Postgres has done it and before the node hears of it.
 */
export class PostgresRelay {
  private readonly sessions = new Set<RelaySession>();
  private readonly traps: Trap[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {}

  /** @param target path of the server's Unix socket */
  static async start(target: string): Promise<PostgresRelay> {
    const server = createServer();
    const relay = new PostgresRelay(server, target);
    server.on('connection', (client) => relay.accept(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The trap waits for its statement; it catches one. */
  arm(trap: Trap): Trap {
    this.traps.push(trap);
    return trap;
  }

  /** Traps that caught nothing yet are taken away, and whoever is held goes on. */
  clear(): void {
    this.traps.length = 0;
    for (const session of this.sessions) session.release();
  }

  /** Cuts every connection, as a network would. */
  cut(): void {
    for (const session of this.sessions) session.end();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    const session = new RelaySession(client, connect(this.target), this.traps);
    this.sessions.add(session);
    client.once('close', () => this.sessions.delete(session));
  }
}
