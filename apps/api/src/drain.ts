import { Bag } from '#app/kernel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { onceOver } from './once-over.js';

/** Where a server tells of requests that it takes by itself. */
export interface UnderWay {
  began(): void;
  ended(): void;
}

export interface RequestsUnderWay extends UnderWay {
  /** A request, until it is over; then `over` is called. */
  follow(request: IncomingMessage, response: ServerResponse, over?: () => void): void;
}

/**
 * Lets the requests under way finish when the server closes, and ends every other connection then.
 *
 * Node's server takes a connection on which no request has come yet for a busy one: a client that connects ahead (browsers,
 * pools, load balancers) would hold up the stop until its header timeout.
 */
export function endConnectionsWhenDrained(fastify: FastifyInstance): RequestsUnderWay {
  const drain = new Drain(() => fastify.server.closeAllConnections());
  fastify.addHook('onRequest', ({ raw }, reply, done) => {
    drain.follow(raw, reply.raw);
    done();
  });
  fastify.addHook('preClose', async () => drain.begin());
  return drain;
}

class Drain implements RequestsUnderWay {
  private underWay = 0;
  private closing = false;
  private readonly unanswered = new Bag<ServerResponse>();

  constructor(private readonly endConnections: () => void) {}

  began(): void {
    this.underWay += 1;
  }

  ended(): void {
    this.underWay -= 1;
    this.endIfDrained();
  }

  follow(request: IncomingMessage, response: ServerResponse, over?: () => void): void {
    this.began();
    const kept = this.unanswered.add(response);
    onceOver(request, response, () => {
      this.unanswered.remove(kept);
      this.ended();
      over?.();
    });
  }

  /** Whoever still gets an answer is told to send nothing more on that connection, which is about to end. */
  begin(): void {
    this.closing = true;
    for (const response of this.unanswered) response.shouldKeepAlive = false;
    this.endIfDrained();
  }

  private endIfDrained(): void {
    if (this.closing && this.underWay === 0) setImmediate(this.endConnections);
  }
}
