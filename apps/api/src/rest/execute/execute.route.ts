import { ExecuteTool, type ToolCall, type ToolResult } from '#app/tools';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Answer } from '../answer.js';
import { Authentication } from '../authentication.js';
import { ProblemAnswers } from '../problem-answers.js';
import type { GatehouseRequest } from '../request.js';
import { createValidationPipe, invalidRequest } from '../validation.js';
import { ExecuteToolDto } from './execute.dto.js';
import { isPlainCall } from './plain-call.js';

export const EXECUTE_PATH = '/api/v1/execute_tool';

/** A tool call as it came, whichever server took it. */
export interface CallRequest extends Pick<GatehouseRequest, 'id' | 'headers'> {
  /** Throws when there is none that can be read. */
  readonly body: () => unknown;
  readonly response: ServerResponse;
}

/**
 * `POST /api/v1/execute_tool`, the one route that is served without Nest in between: guards, pipes and interceptors cost several
 * times what else a call costs. It does what they do for every other route: authenticate, validate, run, render.
 */
@Injectable()
export class ExecuteRoute {
  private readonly pipe = createValidationPipe();

  constructor(
    private readonly authentication: Authentication,
    private readonly executor: ExecuteTool,
    private readonly problems: ProblemAnswers,
  ) {}

  /** Never throws. */
  async answer(request: CallRequest): Promise<Answer> {
    try {
      const given = request.body();
      const ctx = await this.authentication.contextOf(request, { raw: request.response });
      const body = isPlainCall(given) ? given : await this.validated(given);
      return render(await this.executor.run(ctx, toolCall(body, keyOf(request))));
    } catch (error) {
      return this.problems.render(error, request.id);
    }
  }

  private async validated(body: unknown): Promise<ExecuteToolDto> {
    return (await this.pipe.transform(body, { type: 'body', metatype: ExecuteToolDto })) as ExecuteToolDto;
  }
}

/** Lets {@link ExecuteRoute} take the place of the handler that Nest registers. Before Nest registers its routes. */
export function serveExecuteDirectly(fastify: FastifyInstance, route: () => ExecuteRoute): void {
  fastify.addHook('onRoute', (options) => {
    if (options.url !== EXECUTE_PATH || options.method !== 'POST') return;
    options.handler = async ({ id, headers, body }, reply) => {
      const answer = await route().answer({ id, headers, body: () => body, response: reply.raw });
      return reply.status(answer.status).headers(answer.headers).send(answer.text);
    };
  });
}

/** What a checked body asks for. */
export const toolCall = (body: ExecuteToolDto, idempotencyKey: string | undefined): ToolCall => ({
  toolName: body.tool_name,
  identifier: body.identifier ?? undefined,
  connectedAccountId: body.connected_account_id ?? undefined,
  connection: body.connector ?? undefined,
  organizationId: body.organization_id ?? undefined,
  params: body.params ?? {},
  toolset: body.toolset ?? undefined,
  idempotencyKey,
  agentRunId: body.agent_run_id ?? undefined,
});

function keyOf({ headers }: Pick<CallRequest, 'headers'>): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidRequest([{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
}

const HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const REPLAYED = { ...HEADERS, 'idempotent-replayed': 'true' };

const render = ({ data, executionId, replayed }: ToolResult): Answer => ({
  status: 200,
  headers: replayed ? REPLAYED : HEADERS,
  text: JSON.stringify({ data, execution_id: executionId }),
});
