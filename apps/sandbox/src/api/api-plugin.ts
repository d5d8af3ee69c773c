import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../sandbox-context.js';
import { callerOf, checkVersion, INTERCOM_VERSION } from './authenticate.js';
import { ApiError } from './errors.js';
import { companyRoutes, contactRoutes, teamRoutes } from './read-routes.js';
import { contactSearchRoute, conversationRoutes } from './search-routes.js';
import { writeRoutes } from './write-routes.js';

/** The part of the sandbox that imitates Intercom's REST API. */
export function apiRoutes(app: FastifyInstance, context: SandboxContext): void {
  app.addHook('preHandler', async (request, reply) => {
    void reply.headers({ 'x-request-id': randomUUID(), 'intercom-version': INTERCOM_VERSION });
    const { token } = callerOf(context, request);
    checkVersion(request);
    const allowance = context.rateLimit.take(`${token.clientId} ${token.workspaceId}`);
    void reply.headers(allowance.headers);
    if (!allowance.allowed)
      throw new ApiError(429, 'rate_limit_exceeded', 'Exceeded rate limit', null, allowance.headers);
  });
  teamRoutes(app, context);
  conversationRoutes(app, context);
  writeRoutes(app, context);
  contactSearchRoute(app, context);
  contactRoutes(app, context);
  companyRoutes(app, context);
}
