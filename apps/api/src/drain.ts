import type { FastifyInstance } from 'fastify';

/**
 * Lets the requests under way finish when the server closes, and ends every other connection then.
 *
 * Node's server takes a connection on which no request has come yet for a busy one: a client that connects ahead (browsers,
 * pools, load balancers) would hold up the stop until its header timeout.
 */
export function endConnectionsWhenDrained(fastify: FastifyInstance): void {
  let underWay = 0;
  let closing = false;
  const endIfDrained = (): void => {
    if (closing && underWay === 0) setImmediate(() => fastify.server.closeAllConnections());
  };
  fastify.addHook('onRequest', (_request, _reply, done) => {
    underWay += 1;
    done();
  });
  fastify.addHook('onResponse', (_request, _reply, done) => {
    underWay -= 1;
    endIfDrained();
    done();
  });
  fastify.addHook('preClose', async () => {
    closing = true;
    endIfDrained();
  });
}
