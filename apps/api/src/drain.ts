import type { FastifyInstance } from 'fastify';

/** Where a server tells of requests that it takes by itself. */
export interface UnderWay {
  began(): void;
  ended(): void;
}

/**
 * Lets the requests under way finish when the server closes, and ends every other connection then.
 *
 * Node's server takes a connection on which no request has come yet for a busy one: a client that connects ahead (browsers,
 * pools, load balancers) would hold up the stop until its header timeout.
 */
export function endConnectionsWhenDrained(fastify: FastifyInstance): UnderWay {
  let underWay = 0;
  let closing = false;
  const endIfDrained = (): void => {
    if (closing && underWay === 0) setImmediate(() => fastify.server.closeAllConnections());
  };
  const began = (): void => void (underWay += 1);
  const ended = (): void => {
    underWay -= 1;
    endIfDrained();
  };
  fastify.addHook('onRequest', (_request, _reply, done) => {
    began();
    done();
  });
  fastify.addHook('onResponse', (_request, _reply, done) => {
    ended();
    done();
  });
  fastify.addHook('preClose', async () => {
    closing = true;
    endIfDrained();
  });
  return { began, ended };
}
