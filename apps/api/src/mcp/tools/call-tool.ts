import { AppError, type JsonObject } from '#app/kernel';
import { ExecuteTool, type ToolCall } from '#app/tools';
import { Injectable } from '@nestjs/common';
import type {
  CallToolRequestParams,
  CallToolResult,
  InputRequiredResult,
  ProtocolError,
  ServerContext,
} from '@modelcontextprotocol/server';
import { ProblemAnswers } from '../../rest/problem-answers.js';
import type { McpExchange } from '../exchange.js';
import { mcpSdk } from '../mcp-sdk.js';
import { ConnectMoment } from './connect-moment.js';
import { explain, explainError } from './explain-error.js';
import { presentResult } from './present-result.js';
import { pagedList, readPart, type PagePart } from './result-cursor.js';
import type { OfferedTool } from './tool-offer.js';

type Answer = CallToolResult | InputRequiredResult;

/** `tools/call`: through the pipeline that every door uses, as the user whom the token names. */
@Injectable()
export class CallTool {
  constructor(
    private readonly executor: ExecuteTool,
    private readonly moment: ConnectMoment,
    private readonly problems: ProblemAnswers,
  ) {}

  /**
   * Throws a protocol error for a tool that is not behind the URL; everything else is a result that the model can read. What may
   * not be called goes into the pipeline all the same, which refuses and records it.
   */
  async call(
    exchange: McpExchange,
    { name, arguments: given }: CallToolRequestParams,
    request: ServerContext['mcpReq'],
  ): Promise<Answer> {
    const offered = exchange.offered.get(name);
    if (offered === undefined) throw await this.unknown(exchange, name);
    const { requestId } = exchange.ctx;
    try {
      return await this.answer(exchange, offered, (given ?? {}) as JsonObject, request);
    } catch (error) {
      // The SDK would tell the client whatever the error says, and nobody else
      return explainError(this.problems.translate(error, requestId), requestId);
    }
  }

  /** Throws what is not about the call but about us. */
  private async answer(
    exchange: McpExchange,
    offered: OfferedTool,
    given: JsonObject,
    request: ServerContext['mcpReq'],
  ): Promise<Answer> {
    const { part, args } = partOf(offered, given);
    try {
      const { data } = await this.executor.run(exchange.ctx, toolCall(exchange, offered, args));
      return presentResult(offered, data, { part, structured: exchange.structured });
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      return (await this.moment.answer(exchange, offered, error, request)) ?? this.explained(exchange, offered, error);
    }
  }

  /** Has the pipeline refuse and record a call that the transport answers itself. Throws when it can't be recorded. */
  async refuse(exchange: McpExchange, offered: OfferedTool, given: JsonObject): Promise<void> {
    const error = await this.refusalOf(exchange, toolCall(exchange, offered, given));
    if (error.status >= 500) throw error;
  }

  private async unknown(exchange: McpExchange, name: string): Promise<ProtocolError> {
    const refused = { toolName: name, identifier: exchange.caller.identifier, params: {} };
    await this.refusalOf(exchange, { ...refused, toolset: callable(exchange), ...callerOf(exchange) });
    return unknownTool(name);
  }

  private async refusalOf({ ctx }: McpExchange, call: ToolCall): Promise<AppError> {
    const error: unknown = await this.executor.run(ctx, call).then(
      () => null,
      (cause: unknown) => cause,
    );
    if (error instanceof AppError) return error;
    throw error ?? new Error(`${call.toolName} was called although it was to be refused`);
  }

  private explained({ ctx, allowed, lacksScope }: McpExchange, offered: OfferedTool, error: AppError): CallToolResult {
    if (error.code !== 'policy_denied') return explainError(error, ctx.requestId);
    const withheld = lacksScope ?? (allowed.includes(offered) ? offered.withheld : null);
    return withheld === null ? explainError(error, ctx.requestId) : explain(withheld);
  }
}

const partOf = ({ tool }: OfferedTool, args: JsonObject): { part: PagePart; args: JsonObject } =>
  pagedList(tool) === null ? { part: { shown: 0, cursor: undefined }, args } : readPart(args);

function toolCall(exchange: McpExchange, { tool, connection }: OfferedTool, params: JsonObject): ToolCall {
  const { caller, tightened, lacksScope } = exchange;
  const chosen = tightened || caller.resource.kind === 'toolset' || lacksScope !== null;
  return {
    toolName: tool.name,
    identifier: caller.identifier,
    connection,
    params,
    // What was left out is refused where every refusal is decided and recorded
    toolset: chosen ? callable(exchange).filter((name) => lacksScope === null || name !== tool.name) : undefined,
    ...callerOf(exchange),
  };
}

const callerOf = ({ caller, program }: McpExchange): Pick<ToolCall, 'agent' | 'agentRunId'> => ({
  agent: { application: caller.agent, name: program?.name ?? null, version: program?.version ?? null },
  agentRunId: caller.tokenId,
});

/** Names of the tools that may be called. */
const callable = ({ allowed }: McpExchange): string[] =>
  allowed.filter(({ withheld }) => withheld === null).map(({ tool }) => tool.name);

function unknownTool(name: string): ProtocolError {
  const { ProtocolError, ProtocolErrorCode } = mcpSdk();
  const shown = JSON.stringify(name.slice(0, 100));
  const message = `There is no tool ${shown} behind this URL. tools/list says which there are.`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
