import { ExecuteTool, type ToolCall, type ToolResult } from '#app/tools';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Authentication } from '../authentication.js';
import { ProblemAnswers } from '../problem-answers.js';
import type { GatehouseRequest, Reply } from '../request.js';
import { createValidationPipe, invalidRequest } from '../validation.js';
import { ExecuteToolDto } from './execute.dto.js';
import { isPlainCall } from './plain-call.js';

export const EXECUTE_PATH = '/api/v1/execute_tool';
const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * `POST /api/v1/execute_tool`, the one route that Fastify serves without Nest in between: guards, pipes and interceptors cost
 * several times what else a call costs. It does what they do for every other route: authenticate, validate, run, render.
 */
@Injectable()
export class ExecuteRoute {
  private readonly pipe = createValidationPipe();

  constructor(
    private readonly authentication: Authentication,
    private readonly executor: ExecuteTool,
    private readonly problems: ProblemAnswers,
  ) {}

  async serve(request: GatehouseRequest, reply: Reply): Promise<void> {
    try {
      const ctx = await this.authentication.contextOf(request, reply);
      const result = await this.executor.run(ctx, toolCall(await this.validated(request.body), keyOf(request)));
      render(result, reply);
    } catch (error) {
      this.problems.send(error, request, reply);
    }
  }

  private async validated(body: unknown): Promise<ExecuteToolDto> {
    if (isPlainCall(body)) return body;
    return (await this.pipe.transform(body, { type: 'body', metatype: ExecuteToolDto })) as ExecuteToolDto;
  }
}

/** Lets {@link ExecuteRoute} take the place of the handler that Nest registers. Before Nest registers its routes. */
export function serveExecuteDirectly(fastify: FastifyInstance, route: () => ExecuteRoute): void {
  let found: ExecuteRoute | null = null;
  fastify.addHook('onRoute', (options) => {
    if (options.url !== EXECUTE_PATH || options.method !== 'POST') return;
    options.handler = (request, reply) => void (found ??= route()).serve(request, reply);
  });
}

const toolCall = (body: ExecuteToolDto, idempotencyKey: string | undefined): ToolCall => ({
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

function keyOf({ headers }: GatehouseRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidRequest([{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
}

function render({ data, executionId, replayed }: ToolResult, reply: Reply): void {
  if (replayed) void reply.header('idempotent-replayed', 'true');
  void reply.header('content-type', JSON_TYPE).send(JSON.stringify({ data, execution_id: executionId }));
}
