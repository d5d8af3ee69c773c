import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { EgressClient } from '../src/egress-client.js';
import { EgressError } from '../src/egress-error.js';
import type { EgressRequest, EgressResponse } from '../src/egress-request.js';
import type { Resolver } from '../src/guarded-connector.js';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A provider on a real socket, and a client that may reach it. */
export class ProviderDouble {
  readonly arrived: Arrived[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly clients: EgressClient[] = [];
  connections = 0;

  private constructor(private readonly server: Server | TcpServer) {
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
    });
  }

  /** Records each request, then answers it. */
  static async http(answer: RequestListener): Promise<ProviderDouble> {
    const double: ProviderDouble = new ProviderDouble(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { method = '', url = '', headers } = request;
          double.arrived.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
          answer(request, response);
        });
      }),
    );
    return double.listen();
  }

  /** Bytes on a bare socket, for what a proper HTTP server would not do. */
  static async tcp(onData: (socket: Socket, data: Buffer) => void): Promise<ProviderDouble> {
    return new ProviderDouble(createTcpServer((socket) => socket.on('data', (data) => onData(socket, data)))).listen();
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The double does not listen on a port');
    return address.port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  client(allow: readonly string[] = [this.host], resolve?: Resolver): EgressClient {
    const client = new EgressClient({ allow }, resolve);
    this.clients.push(client);
    return client;
  }

  /** Sends a GET, or what `request` says, to this provider. */
  send(request: Partial<EgressRequest> = {}, client = this.clients[0] ?? this.client()): Promise<EgressResponse> {
    return client.send(this.request(request));
  }

  request(request: Partial<EgressRequest> = {}): EgressRequest {
    const url = new URL(`http://${this.host}/`);
    return {
      url,
      method: 'GET',
      allowedHosts: [this.host],
      timeoutMs: 20_000,
      maxResponseBytes: 1_000_000,
      ...request,
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.clients.map((client) => client.close()));
    await this.stopListening();
  }

  async stopListening(): Promise<void> {
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private async listen(): Promise<this> {
    // All interfaces, so that a connection by any address of this machine would be noticed
    await new Promise<void>((resolve) => this.server.listen(0, '::', resolve));
    return this;
  }
}

/** The error that a call ends in; fails the test when it succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<EgressError> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof EgressError) return outcome;
  throw new Error('The call should have ended in an EgressError', { cause: outcome });
}
