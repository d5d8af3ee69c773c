import type { FastifyInstance } from 'fastify';
import { ApiError } from '../api/errors.js';
import { callerOf } from '../api/authenticate.js';
import type { SandboxContext } from '../sandbox-context.js';
import { sameSecret } from './grants.js';

const unauthorizedCode = (): ApiError => new ApiError(401, 'unauthorized', 'Unauthorized Code');

/** Where a code becomes a token, and where the app is removed from a workspace. */
export function tokenRoutes(app: FastifyInstance, context: SandboxContext): void {
  app.post('/auth/eagle/token', async (request, reply) => {
    const token = exchange(context, (request.body ?? {}) as Readonly<Record<string, unknown>>);
    // A token that was given away must survive even a crash right after it.
    await context.stateFile.flush();
    return reply.header('cache-control', 'no-store').send({ token_type: 'Bearer', token, access_token: token });
  });
  app.post('/auth/uninstall', async (request) => {
    const { token } = callerOf(context, request);
    context.grants.revoke((other) => other.workspaceId === token.workspaceId && other.clientId === token.clientId);
    await context.stateFile.flush();
    return {};
  });
}

function exchange({ options, grants }: SandboxContext, body: Readonly<Record<string, unknown>>): string {
  const { code, client_id: clientId, client_secret: secret, redirect_uri: redirectUri } = body;
  if (typeof code !== 'string' || typeof clientId !== 'string' || typeof secret !== 'string') throw unauthorizedCode();
  if (clientId !== options.clientId || !sameSecret(secret, options.clientSecret)) throw unauthorizedCode();
  const token = grants.redeem({ code, clientId, redirectUri: typeof redirectUri === 'string' ? redirectUri : null });
  if (token === null) throw unauthorizedCode();
  return token;
}
