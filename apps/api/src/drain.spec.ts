import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '#app/observability';
import fastify, { type FastifyInstance } from 'fastify';
import { endConnectionsWhenDrained } from './drain.js';
import { addRequestLog } from './request-log.js';
import { takeCallsFirst } from './rest/execute/execute-server.js';
import type { ExecuteRoute } from './rest/execute/execute.route.js';

const PATHS = ['/api/v1/execute_tool', '/other'];
const BODY = '{"tool_name":"x"}';

const requestTo = (path: string, length = BODY.length): string =>
  `POST ${path} HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${BODY}`;

/** The two ways in which a request is served, over sockets, with handlers that end when they are told to. */
class Server {
  readonly log: string[] = [];
  private readonly waiting: (() => void)[] = [];
  private heard: () => void = () => undefined;

  private constructor(private readonly app: FastifyInstance) {}

  static async start(): Promise<Server> {
    const app = fastify();
    const server = new Server(app);
    const logger = createLogger('info', { write: (line: string) => server.note(line) });
    addRequestLog(app, logger);
    const underWay = endConnectionsWhenDrained(app);
    app.post('/other', async () => server.work());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const answer = async () => ({ status: 200, headers: {}, text: await server.work() });
    const route = { answer } as unknown as ExecuteRoute;
    takeCallsFirst(app, { route, logger, underWay, bodyLimit: 1_000 });
    return server;
  }

  async connect(): Promise<Socket> {
    const socket = connect((this.app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Once so many requests are being served. */
  async atWork(count: number): Promise<void> {
    await this.until(() => this.waiting.length === count);
  }

  async logged(count: number): Promise<unknown[]> {
    await this.until(() => this.log.length === count);
    return this.log.map((line) => (JSON.parse(line) as { status: number }).status);
  }

  /** Lets what is at work end. */
  finish(): void {
    for (const end of this.waiting.splice(0)) end();
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  private work(): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(() => resolve('"done"'));
      this.heard();
    });
  }

  private note(line: string): void {
    this.log.push(line);
    this.heard();
  }

  private async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.heard = resolve));
  }
}

describe.each(PATHS)('a server that serves %s', (path) => {
  let server: Server;
  beforeEach(async () => {
    server = await Server.start();
  });

  it('answers the request under way when it stops, says that the connection ends, and waits for nobody who is silent', async () => {
    const [silent, socket] = [await server.connect(), await server.connect()];
    socket.write(requestTo(path));
    await server.atWork(1);
    const [stopped, answer] = [server.stop(), text(socket)];
    await new Promise(setImmediate);
    server.finish();
    await stopped;
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(?=[^]*connection: close\r\n)[^]*"done"$/i);
    expect(await text(silent)).toBe('');
  });

  it.each<[string, (socket: Socket) => Promise<void>, number]>([
    [
      'while it was served',
      async (socket) => {
        socket.write(requestTo(path));
        await server.atWork(1);
      },
      1,
    ],
    [
      'before its body had come',
      async (socket) => {
        await new Promise((sent) => socket.write(requestTo(path, BODY.length + 1), sent));
      },
      1,
    ],
    [
      'with more requests sent ahead than answered',
      async (socket) => {
        socket.write(requestTo(path).repeat(20));
        await server.atWork(20);
      },
      20,
    ],
  ])('is held up by no caller who went %s, and logs that', async (_, begin, requests) => {
    const [silent, socket] = [await server.connect(), await server.connect()];
    await begin(socket);
    socket.destroy();
    expect(await server.logged(requests)).toEqual(Array.from({ length: requests }, () => 499));
    await server.stop();
    server.finish();
    expect(await text(silent)).toBe('');
  });
});
