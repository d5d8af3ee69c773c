/**
 * What Gatehouse is compared with: a child process that does nothing but take the same request, make the same call and hand the
 * answer on, with the same server (Fastify) and the same client (undici, in its cheapest form).
 */
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyReply } from 'fastify';
import { Pool, type Dispatcher } from 'undici';

export interface PassThroughReady {
  readonly port: number;
}

class Relay implements Dispatcher.DispatchHandler {
  private readonly chunks: Buffer[] = [];

  constructor(private readonly reply: FastifyReply) {}

  /** By this method undici tells a handler of this kind. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number): void {
    this.reply.code(status);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.reply.header('content-type', 'application/json; charset=utf-8').send(Buffer.concat(this.chunks));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.reply.send(error);
  }
}

const upstream = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 256 });
const headers = { authorization: 'Bearer bench-access-token', 'intercom-version': '2.16', accept: 'application/json' };
const server = Fastify();

server.post<{ Body: { params: { conversation_id: string } } }>('/api/v1/execute_tool', (request, reply) => {
  const path = `/conversations/${request.body.params.conversation_id}?display_as=plaintext`;
  upstream.dispatch({ path, method: 'GET', headers }, new Relay(reply));
  return reply;
});

await server.listen({ host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.server.address() as AddressInfo).port } satisfies PassThroughReady);
