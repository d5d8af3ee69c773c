import { setImmediate } from 'node:timers/promises';
import { APP_CONFIG, type AppConfig } from '#app/config';
import type { RequestContext, RequestId } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import type { McpHttpHandler } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { GoneSignal } from '../../rest/gone-signal.js';
import { ProblemAnswers } from '../../rest/problem-answers.js';
import { MCP_GUARD, type McpCaller, type McpChallenge, type McpGuard } from '../caller.js';
import { SESSION_HEADER } from '../calling-programs.js';
import { exchangeOf, toAuthInfo } from '../exchange.js';
import { McpExchanges } from '../mcp-exchanges.js';
import { loadMcpSdk } from '../mcp-sdk.js';
import { McpServers } from '../mcp-servers.js';
import { INVALID_REQUEST, REFUSED, refusal } from './json-rpc-refusal.js';
import type { McpHttpRequest } from './mcp-http-request.js';
import { OwnHosts } from './own-hosts.js';
import { answerTo } from './transport-errors.js';
import { toWebRequest } from './web-request.js';

/** What it takes to answer, there from the first request on. */
interface OpenDoor {
  readonly hosts: OwnHosts;
  readonly handler: McpHttpHandler;
}

/** Streamable HTTP, stateless: each POST is answered on its own, by the SDK, for whom the guard has let in. */
@Injectable()
export class McpRoute {
  private opening: Promise<OpenDoor> | null = null;

  constructor(
    @Inject(MCP_GUARD) private readonly guard: McpGuard,
    private readonly exchanges: McpExchanges,
    private readonly servers: McpServers,
    private readonly problems: ProblemAnswers,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Lets a request in, or answers it. Nothing of it but its head has been read. */
  async admit(request: McpHttpRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { host, origin } = request.headers;
    const { hosts } = await this.open();
    const problem = hosts.problemOf(host, origin);
    if (problem !== null) return reply.status(403).send(refusal(REFUSED, problem, { request_id: request.id }));
    // A body that has come along with its head is read in this turn of the event loop
    await setImmediate();
    request.mcpWasWhole = request.raw.complete;
    return this.identify(request, reply);
  }

  async serve(request: McpHttpRequest, reply: FastifyReply): Promise<FastifyReply> {
    // A body may be held back for as long as a request may take, and what let its head in may have ended by then
    if (request.mcpWasWhole !== true) {
      const refused = await this.identify(request, reply);
      if (refused !== undefined) return refused;
    }
    const caller = request.mcpCaller as McpCaller;
    const { body } = request;
    if (Array.isArray(body))
      return reply
        .status(400)
        .send(
          refusal(INVALID_REQUEST, 'Send one message per request: batches are not taken.', { request_id: request.id }),
        );
    const ctx: RequestContext = {
      requestId: request.id as RequestId,
      tenantId: caller.tenantId,
      source: 'mcp',
      caller: caller.client,
      signal: new GoneSignal(reply.raw),
    };
    const { exchange, session, challenge } = await this.exchanges.begin(ctx, caller, request.headers, body);
    if (challenge !== undefined) return challengeWith(challenge, request, reply);
    const options = { authInfo: toAuthInfo(exchange), parsedBody: body };
    const { handler } = await this.open();
    const response = await handler.fetch(toWebRequest(request, reply), options);
    if (session && response.ok) void reply.header(SESSION_HEADER, session);
    return reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no').send(response);
  }

  /** Finds out who calls, here and now; answers whoever may not. */
  private async identify(request: McpHttpRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { authorization } = request.headers;
    const path = request.url.split('?', 1)[0] ?? '/';
    const { caller, challenge } = await this.guard.resolve({ requestId: request.id, path, authorization });
    if (challenge !== undefined) return challengeWith(challenge, request, reply);
    request.mcpCaller = caller;
    return undefined;
  }

  /** There is no stream to open and no session to end. */
  async refuseMethod(request: McpHttpRequest, reply: FastifyReply): Promise<FastifyReply> {
    const message = 'Method not allowed. Send a POST: this server keeps no sessions.';
    return reply
      .status(405)
      .header('allow', 'POST')
      .send(refusal(REFUSED, message, { request_id: request.id }));
  }

  fail(error: unknown, request: McpHttpRequest, reply: FastifyReply): FastifyReply {
    const known = this.problems.translate(error, request.id);
    return reply.status(known.status).send(answerTo(error, known, request.id));
  }

  /** Ends the streams that clients keep open. */
  async close(): Promise<void> {
    await (await this.opening)?.handler.close();
  }

  private open(): Promise<OpenDoor> {
    this.opening ??= this.load();
    return this.opening;
  }

  private async load(): Promise<OpenDoor> {
    const sdk = await loadMcpSdk();
    const handler = sdk.createMcpHandler(({ authInfo }) => this.servers.create(exchangeOf(authInfo)), {
      onerror: (error) => this.logger.debug({ err: error }, 'An MCP request was refused'),
    });
    return { hosts: new OwnHosts(sdk, this.config.http.publicUrl), handler };
  }
}

/** A path that names nothing is answered as everywhere, unless a client of this door asked. */
function challengeWith(
  { status, headers, body }: McpChallenge,
  request: McpHttpRequest,
  reply: FastifyReply,
): FastifyReply {
  if (status === 404 && request.method !== 'POST') {
    reply.callNotFound();
    return reply;
  }
  return reply.status(status).headers(headers).send(body);
}
