import { LOGGER, type Logger } from '#app/observability';
import { ProviderSignals } from '#app/oauth';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const PATH = '/webhooks/provider/:connection_id';
const BODY_LIMIT = 256 * 1024;
/** Followed up at a time, on this node: anybody can post, and what waits keeps its body in memory. */
const MOST_AT_ONCE = 100;
const TRY_AGAIN_AFTER_SECONDS = '30';

/**
 * Where providers post what they have to say of a connection. Open to everybody, since a provider has no client of ours: what is
 * posted is checked against its signature, and is only ever a reason to ask the provider itself. No answer depends on
 * what is posted, so that none tells which connections there are.
 */
@Injectable()
export class ProviderSignalsRoute implements OnApplicationShutdown {
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly signals: ProviderSignals,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Asking the provider may take longer than it waits for our answer. False when there is too much to do: it is not taken then. */
  take({ params, headers, body }: Pick<FastifyRequest, 'params' | 'headers' | 'body'>): boolean {
    if (this.running.size >= MOST_AT_ONCE) return false;
    const { connection_id: connectionId } = params as { connection_id: string };
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const work = this.signals
      .receive({ connectionId, headers, body: bytes })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'A signal of a provider could not be followed up'))
      .finally(() => this.running.delete(work));
    this.running.add(work);
    return true;
  }

  /** Resolves when everything that was posted so far has been followed up. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  onApplicationShutdown(): Promise<void> {
    return this.settled();
  }
}

/** A signature is over the bytes as they came, so this route parses nothing. */
export function serveProviderSignals(fastify: FastifyInstance, route: () => ProviderSignalsRoute): void {
  void fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post(PATH, (request, reply) => {
      if (route().take(request)) return reply.status(202).send();
      return reply.status(503).header('retry-after', TRY_AGAIN_AFTER_SECONDS).send();
    });
    done();
  });
}
