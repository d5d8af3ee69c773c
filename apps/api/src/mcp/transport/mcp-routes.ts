import type { FastifyInstance } from 'fastify';
import { asksForPage, type LandingRoute } from '../landing/landing.route.js';
import type { McpRoute } from './mcp-route.js';

/** Every URL of this door. What has a path of its own (the API, the pages) comes first in the router. */
const PATHS = ['/:connection', '/mcp/:toolset'].flatMap((base) => [
  base,
  `${base}/readonly`,
  `${base}/x/:tool_set`,
  `${base}/x/:tool_set/readonly`,
]);

/**
 * The routes of this door, on the same server as all others. Who calls is found out before the body is read, so that a stranger
 * can't have anything parsed. A browser is shown a page instead. Open streams end when the server closes.
 */
export function serveMcp(fastify: FastifyInstance, route: () => McpRoute, landing: () => LandingRoute): void {
  void fastify.register((scope, _options, done) => {
    scope.setErrorHandler((error, request, reply) => route().fail(error, request, reply));
    scope.addHook('onRequest', (request, reply) =>
      asksForPage(request) ? landing().show(request, reply) : route().admit(request, reply),
    );
    scope.addHook('preClose', () => route().close());
    for (const url of PATHS) {
      scope.post(url, (request, reply) => route().serve(request, reply));
      scope.route({
        method: ['GET', 'DELETE'],
        url,
        handler: (request, reply) => route().refuseMethod(request, reply),
      });
    }
    done();
  });
}
