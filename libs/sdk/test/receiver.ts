import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Harness } from '../../../apps/api/test/harness.js';
import { WebhookSender } from '../../webhooks/src/index.js';

/** A webhook as it arrived. */
export interface Arrived {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A server of the tenant's own that is told of events. */
export class Receiver {
  private readonly arrived: Arrived[] = [];
  private taken = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        this.arrived.push({ headers: request.headers as Record<string, string>, body });
        response.end();
      });
    });
  }

  static async start(): Promise<Receiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Receiver(server);
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/events`;
  }

  /** The next webhook that was not taken yet. What is due is sent now, if the node's own job is not at it already. */
  async next(gate: Harness): Promise<Arrived> {
    while (this.arrived.length <= this.taken) await gate.nest.get(WebhookSender, { strict: false }).run();
    return this.arrived[this.taken++] as Arrived;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
