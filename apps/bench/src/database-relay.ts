import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

const SYNC = 0x53;
const QUERY = 0x51;
const LENGTH_BYTES = 4;

/**
 * Stands between a node and its database and notes when the node began each round trip: every message that asks for an answer
 * (Sync of a prepared statement, a simple query) is one.
 */
export class DatabaseRelay {
  /** By `process.hrtime`, in nanoseconds. */
  readonly roundTrips: bigint[] = [];

  private constructor(private readonly server: Server) {}

  static async to(socketPath: string): Promise<DatabaseRelay> {
    const server = createServer();
    const relay = new DatabaseRelay(server);
    server.on('connection', (client) => relay.join(client, connect(socketPath)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }

  private join(client: Socket, database: Socket): void {
    const messages = new MessageTypes();
    client.on('data', (chunk) => {
      for (const type of messages.read(chunk))
        if (type === SYNC || type === QUERY) this.roundTrips.push(process.hrtime.bigint());
      database.write(chunk);
    });
    database.on('data', (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}

/** The types of the messages that a client of Postgres sends, whatever pieces they arrive in. */
class MessageTypes {
  private rest: Buffer = Buffer.alloc(0);
  /** The first message has no type. */
  private greeted = false;

  read(chunk: Buffer): number[] {
    const types: number[] = [];
    let bytes = Buffer.concat([this.rest, chunk]);
    for (;;) {
      const head = this.greeted ? 1 : 0;
      if (bytes.length < head + LENGTH_BYTES) break;
      const end = head + bytes.readUInt32BE(head);
      if (bytes.length < end) break;
      if (this.greeted) types.push(bytes.readUInt8());
      this.greeted = true;
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
    return types;
  }
}
