import { ConnectorRegistry, requestToolName, type ProviderResponse } from '#app/connector-kit';
import { AppError, type ExecutionId, type RequestContext } from '#app/kernel';
import { ConnectionDirectory } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import { ExecuteTool } from '../execute-tool.js';
import type { ToolCall } from '../tool-call.js';
import { headersToReturn, headersToSend, type GivenHeaders } from './proxied-headers.js';
import { ProxiedExchange, type ProxiedRequest } from './proxied-exchange.js';

export interface ProxyCall extends Omit<ProxiedRequest, 'headers'> {
  /** Name of a connection; or a connector's id when the user has accounts on one connection of it. */
  readonly connection: string;
  readonly identifier: string;
  readonly organizationId?: string | undefined;
  /** As they arrived; those that are not the provider's business go no further. */
  readonly headers: GivenHeaders;
}

/** What the provider answered, of whatever status. */
export interface ProxyAnswer extends ProviderResponse {
  readonly executionId: ExecutionId;
}

/**
 * Requests of the caller's own to a provider, as one user: the pipeline of every tool call, with a tool `<connector>.request` that
 * has permissions of its own, for reading and for everything else.
 */
@Injectable()
export class ProxyCalls {
  constructor(
    private readonly executor: ExecuteTool,
    private readonly connections: ConnectionDirectory,
    private readonly registry: ConnectorRegistry,
  ) {}

  /** Throws what is not the provider's answer: refusals, failures of transport, the end of the account. */
  async run(ctx: RequestContext, call: ProxyCall): Promise<ProxyAnswer> {
    const connector = await this.connectorOf(ctx, call.connection);
    const exchange = new ProxiedExchange({ ...call, headers: headersToSend(call.headers) }, connector);
    const executionId = await this.execute(ctx, toolCall(call, exchange), exchange);
    const { answer } = exchange;
    if (answer === null) throw new Error('The call has succeeded without an answer');
    return { ...answer, headers: headersToReturn(answer.headers), executionId };
  }

  /** A refusal by the provider is recorded as such, and is an answer to the caller. */
  private async execute(ctx: RequestContext, call: ToolCall, exchange: ProxiedExchange): Promise<ExecutionId> {
    try {
      return (await this.executor.run(ctx, call)).executionId;
    } catch (error) {
      const executionId = error instanceof AppError ? error.details['execution_id'] : undefined;
      if (exchange.refusal === null || typeof executionId !== 'string') throw error;
      return executionId as ExecutionId;
    }
  }

  private async connectorOf({ tenantId }: RequestContext, name: string): Promise<string | null> {
    const connection = await this.connections.named(tenantId, name);
    return connection?.connector ?? this.registry.get(name)?.id ?? null;
  }
}

const toolCall = (call: ProxyCall, exchange: ProxiedExchange): ToolCall => ({
  toolName: requestToolName(exchange.connector ?? 'proxy'),
  identifier: call.identifier,
  connection: call.connection,
  organizationId: call.organizationId,
  params: {
    method: call.method,
    path: call.path,
    query: [...new Set(call.query.map(([name]) => name))],
    ...(call.body === null ? {} : { content_type: call.body.contentType, body_bytes: call.body.bytes.length }),
  },
  proxied: exchange,
});
