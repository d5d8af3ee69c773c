/**
 * What Gatehouse is compared with: a child process that does nothing but take the same request, make the same call and hand the
 * answer on, with the same server (Fastify) and the same client (undici, in its cheapest form).
 */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { Pool } from 'undici';
import { Relay } from './relay.js';

export interface PassThroughReady {
  readonly port: number;
}

const upstream = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 256 });
const headers = { authorization: 'Bearer bench-access-token', 'intercom-version': '2.16', accept: 'application/json' };
const server = Fastify();

server.post<{ Body: { params: { conversation_id: string } } }>('/api/v1/execute_tool', (request, reply) => {
  const path = `/conversations/${request.body.params.conversation_id}?display_as=plaintext`;
  upstream.dispatch({ path, method: 'GET', headers }, new Relay(reply, (answer) => reply.send(answer)));
  return reply;
});

await server.listen({ host: '127.0.0.1', port: 0 });
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.server.address() as AddressInfo).port } satisfies PassThroughReady);
