import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { ProxiesConfig, ProxyServerConfig } from '#app/config';

/**
 * How the proxy answers a CONNECT: with a connection to this port of this machine, behind bytes of its own if so said; with a status;
 * or not at all.
 */
export type TunnelAnswer = { readonly port: number; readonly early?: string } | { readonly status: number } | 'silence';

/** A forward proxy on a real socket that knows only CONNECT, and notes what it was asked for. */
export class ConnectProxy {
  /** The targets asked for: `host:port`. */
  readonly asked: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  connections = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    answer: (target: string) => TunnelAnswer,
  ) {
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.keep(socket);
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      const target = request.url ?? '';
      this.asked.push(target);
      this.authorizations.push(request.headers['proxy-authorization']);
      this.answer(answer(target), socket, request);
    });
  }

  static async start(answer: (target: string) => TunnelAnswer): Promise<ConnectProxy> {
    const server = createServer((_request, response) => response.writeHead(405).end());
    const proxy = new ConnectProxy(server, answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get config(): ProxyServerConfig {
    return { secure: false, host: '127.0.0.1', port: (this.server.address() as AddressInfo).port, login: null };
  }

  /** Settings that send everything through this proxy. */
  forAll(more: Partial<ProxiesConfig> = {}): ProxiesConfig {
    return { https: this.config, http: this.config, except: [], resolveNames: false, ...more };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(answer: TunnelAnswer, socket: Socket, { headers }: IncomingMessage): void {
    if (answer === 'silence') return;
    if ('status' in answer) {
      // As some do: repeats what it was given
      socket.end(`HTTP/1.1 ${answer.status} No\r\nx-seen: ${headers['proxy-authorization'] ?? ''}\r\n\r\n`);
      return;
    }
    const upstream = connect(answer.port, '127.0.0.1', () => {
      socket.write(`HTTP/1.1 200 Connection established\r\n\r\n${answer.early ?? ''}`);
      socket.pipe(upstream).pipe(socket);
    });
    this.keep(upstream);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
  }
}
