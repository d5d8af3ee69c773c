import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as it went through: what it asked, and what came back of it. */
export interface Passed {
  readonly method: string;
  /** Of the tool or prompt. */
  readonly name: string | null;
  readonly status: number;
  /** Code of the JSON-RPC error; null where there is a result, or nothing. */
  readonly error: number | null;
}

/**
 * Stands before the door and adds the token, which the referee has no way to send. Everything else goes through as it is, `Host` and
 * `Origin` too, since the referee looks at what becomes of those.
 */
export class AuthProxy {
  readonly passed: Passed[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly token: string,
  ) {}

  static async start(target: string, token: string): Promise<AuthProxy> {
    const server = createServer();
    const proxy = new AuthProxy(server, new URL(target), token);
    server.on('request', (request, response) => void proxy.pass(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.target.pathname}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await request.toArray()).join('');
    const headers = { ...request.headers, authorization: `Bearer ${this.token}` };
    const { hostname, port } = this.target;
    const onward = send({ hostname, port, path: request.url, method: request.method, headers, setHost: false });
    response.once('close', () => onward.destroy());
    // Whoever hangs up has seen enough
    onward.on('error', () => response.destroy());
    onward.once('response', (answer) => {
      let said = '';
      answer.on('data', (chunk: Buffer) => (said += chunk.toString()));
      answer.once('close', () => this.note(body, answer.statusCode ?? 0, said));
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.end(body);
  }

  private note(body: string, status: number, said: string): void {
    const { method, params } = messageIn(body);
    if (method === undefined) return;
    const name = params?.name ?? null;
    const error = /"error":\{[^}]*"code":(-?\d+)/.exec(said)?.[1];
    this.passed.push({ method, name, status, error: error === undefined ? null : Number(error) });
  }
}

interface Message {
  readonly method?: string;
  readonly params?: { readonly name?: string } | null;
}

function messageIn(body: string): Message {
  try {
    return JSON.parse(body) as Message;
  } catch {
    return {};
  }
}
