import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Step = (request: Arrival, response: ServerResponse) => void;

export const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Step =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

export const problem = (status: number, code: string, more: object = {}): Step =>
  answer(status, { code, detail: `It is ${code}.`, request_id: 'req_1', retryable: false, ...more });

/** Reads the request and cuts the connection. */
export const hangUp: Step = (_request, response) => void response.destroy();

/** Never answers. */
export const silence: Step = () => undefined;

/** A server that plays one step per request, and gives out tokens `t1`, `t2`, … on its own. */
export class ScriptedServer {
  readonly arrivals: Arrival[] = [];
  tokensGiven = 0;
  /** Taken instead of giving out a token, while there are any. */
  readonly tokenSteps: Step[] = [];
  readonly steps: Step[] = [];

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<ScriptedServer> {
    const server = createServer((request, response) => void handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const scripted = new ScriptedServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = incoming;
      scripted.play({ method, url, headers, body: Buffer.concat(chunks).toString() }, response);
    }
    return scripted;
  }

  private play(request: Arrival, response: ServerResponse): void {
    if (request.url === '/oauth/token') {
      const step = this.tokenSteps.shift();
      this.tokensGiven += 1;
      const token = { access_token: `t${this.tokensGiven}`, token_type: 'Bearer', expires_in: 3600 };
      return (step ?? answer(200, token))(request, response);
    }
    this.arrivals.push(request);
    (this.steps.shift() ?? problem(500, 'internal'))(request, response);
  }
}
