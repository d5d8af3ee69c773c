import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError, parameterInvalid } from '../api/errors.js';
import { customerWrites, longWaiting } from '../data/top-up.js';
import { seedState } from '../data/seed.js';
import { shorten } from '../oauth/grants.js';
import type { SandboxContext } from '../sandbox-context.js';
import type { AccessToken, Teammate } from '../store/model.js';
import { parseArrival, parseFault, parseRevocation, parseTeammatePatch } from './control-input.js';

/**
 * How a test or a demo drives the sandbox. Not part of what the sandbox imitates, and without any authentication: the sandbox
 * listens on loopback and holds made-up data only.
 */
export function controlRoutes(app: FastifyInstance, context: SandboxContext): void {
  requestRoutes(app, context);
  faultRoutes(app, context);
  teammateRoutes(app, context);
  app.get('/_control/summary', async () => summary(context));
  app.post('/_control/reset', async () => {
    context.store.replace(seedState(context.store.now()));
    context.log.clear();
    context.faults.clear();
    context.rateLimit.forget();
    await context.stateFile.flush();
    return summary(context);
  });
  app.post('/_control/conversations', async (request, reply) => {
    const conversation = customerWrites(context.store, parseArrival(request.body, context.store));
    if (conversation === null)
      throw parameterInvalid('contact_id names no living contact of the workspace', 'contact_id');
    return reply.code(201).send({ id: conversation.id, waiting_since: conversation.waitingSince });
  });
}

function requestRoutes(app: FastifyInstance, context: SandboxContext): void {
  app.get('/_control/requests', async () => ({ requests: context.log.list() }));
  app.delete('/_control/requests', async (_request, reply) => {
    context.log.clear();
    return reply.code(204).send();
  });
  app.post('/_control/revoke', async (request) => {
    const revoked = context.grants.revoke(parseRevocation(request.body));
    await context.stateFile.flush();
    return { revoked };
  });
}

function faultRoutes(app: FastifyInstance, context: SandboxContext): void {
  app.get('/_control/faults', async () => ({ faults: context.faults.list() }));
  app.post('/_control/faults', async (request, reply) => {
    const { recipe, match, times, afterEffect } = parseFault(request.body);
    return reply.code(201).send(context.faults.add(recipe, match, times, afterEffect));
  });
  app.delete('/_control/faults', async (_request, reply) => {
    context.faults.clear();
    return reply.code(204).send();
  });
  app.delete('/_control/faults/:id', async (request, reply) => {
    if (!context.faults.remove(idOf(request)))
      throw new ApiError(404, 'not_found', 'There is no such fault; it may be used up');
    return reply.code(204).send();
  });
}

function teammateRoutes(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.get('/_control/teammates', async () => ({
    teammates: store.state.teammates.map((teammate) => teammateView(teammate, store.state.tokens)),
  }));
  app.patch('/_control/teammates/:id', async (request) => {
    const teammate = store.teammate(idOf(request));
    if (teammate === null) throw new ApiError(404, 'admin_not_found', 'There is no such teammate');
    Object.assign(teammate, parseTeammatePatch(request.body));
    store.save();
    return teammateView(teammate, store.state.tokens);
  });
}

function teammateView(teammate: Teammate, tokens: readonly AccessToken[]): object {
  return {
    id: teammate.id,
    workspace_id: teammate.workspaceId,
    name: teammate.name,
    email: teammate.email,
    email_verified: teammate.emailVerified,
    role: teammate.role,
    has_inbox_seat: teammate.hasInboxSeat,
    team_ids: teammate.teamIds,
    token_hashes: tokens
      .filter((t) => t.teammateId === teammate.id && t.revokedAt === null)
      .map((t) => shorten(t.hash)),
  };
}

function summary({ store }: SandboxContext): object {
  const { workspaces, teammates, contacts, conversations, tokens } = store.state;
  return {
    workspaces: workspaces.map(({ id, name, region, timezone }) => ({ id, name, region, timezone })),
    teammates: teammates.length,
    contacts: contacts.length,
    conversations: conversations.length,
    live_tokens: tokens.filter((token) => token.revokedAt === null).length,
    /** The answer to "open high-priority conversations unassigned for more than 4 hours". */
    waiting_long: longWaiting(store).map((conversation) => conversation.id),
  };
}

function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}
