import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SandboxContext } from '../sandbox-context.js';
import { playFault } from './play-fault.js';
import { bearerOf, withoutSecrets, type LoggedRequest } from './request-log.js';

const REPLAY_HEADER = 'x-sandbox-replay';
const LARGEST_LOGGED_BODY = 64 * 1024;

/** Hooks for every request but those of the control API: it is logged, and a fault that waits for it is played. */
export function observeRequests(app: FastifyInstance, context: SandboxContext): void {
  const entries = new WeakMap<FastifyRequest, LoggedRequest>();
  const closing = new AbortController();
  const replayKey = randomUUID();
  app.addHook('preClose', async () => closing.abort());
  app.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/_control') || request.headers[REPLAY_HEADER] === replayKey) return;
    const { method, url, headers } = request;
    const entry = context.log.add({ method, url, headers, at: context.clock.now() });
    nameTeammate(context, entry, headers.authorization);
    entries.set(request, entry);
  });
  app.addHook('preHandler', async (request, reply) => {
    const entry = entries.get(request);
    if (entry === undefined) return undefined;
    entry.body = loggedBody(request);
    const fault = context.faults.take({ method: entry.method, path: entry.path, teammateId: entry.teammate_id });
    if (fault === null) return undefined;
    entry.fault_id = fault.id;
    const answer = fault.after_effect ? await replay(app, request, replayKey) : null;
    const around = { now: context.clock.now(), answer, closing: closing.signal };
    return (await playFault(fault, request, reply, around)) ? reply : undefined;
  });
  app.addHook('onResponse', async (request, reply) => {
    const entry = entries.get(request);
    if (entry !== undefined) entry.status = reply.statusCode;
  });
}

/** Large bodies are only named: thousands of them are kept. */
function loggedBody(request: FastifyRequest): unknown {
  const bytes = Number(request.headers['content-length'] ?? 0);
  return bytes > LARGEST_LOGGED_BODY ? { omitted_bytes: bytes } : withoutSecrets(request.body);
}

function nameTeammate(context: SandboxContext, entry: LoggedRequest, authorization: string | undefined): void {
  const token = bearerOf(authorization);
  const grant = token === null ? null : context.grants.find(token);
  entry.teammate_id = grant?.teammateId ?? null;
  entry.workspace_id = grant?.workspaceId ?? null;
}

/** Lets the request take effect on the side; gives the answer that its sender is not going to get. */
async function replay(app: FastifyInstance, request: FastifyRequest, replayKey: string): Promise<string> {
  const { 'content-length': _length, ...headers } = request.headers;
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const answer = await app.inject({
    method: request.method as 'GET',
    url: request.url,
    headers: { ...headers, [REPLAY_HEADER]: replayKey },
    ...(request.body === undefined || request.body === null
      ? {}
      : {
          payload: isForm
            ? new URLSearchParams(request.body as Record<string, string>).toString()
            : JSON.stringify(request.body),
        }),
  });
  return answer.body;
}
