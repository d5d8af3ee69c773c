import { camelCased } from '../http/camel-case.js';
import { listed, type PageOptions, type Paged } from '../http/pages.js';
import type { CallOptions, Transport } from '../http/transport.js';
import type {
  AvailableToolPage,
  ExecuteToolRequest,
  Execution,
  ListScopedToolsOptions,
  ListToolsOptions,
  ScopedTool,
  ScopedToolPage,
  Tool,
  ToolPage,
  ToolResult,
} from './tool-types.js';

/** Tools: which there are, which a user may call, and calling them. */
export class ToolsApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The tools of every connector that you have a connection for. */
  listTools(options: ListToolsOptions = {}): Paged<ToolPage, Tool> {
    const { filter = {} } = options;
    const query = {
      'filter.provider': filter.provider,
      'filter.tool_name': filter.toolName,
      'filter.connector': filter.connector,
      'filter.query': filter.query,
      'filter.identifier': filter.identifier,
      'filter.organization_id': filter.organizationId,
      'filter.connected_account_id': filter.connectedAccountId,
      'filter.summary': filter.summary,
    };
    return listed<ToolPage, Tool>(this.#transport, BASE, query, options, ({ tools }) => tools);
  }

  /** The tools that may be called as this user right now; and under `excluded` those that can't be, each with why. */
  listScopedTools(identifier: string, options: ListScopedToolsOptions = {}): Paged<ScopedToolPage, ScopedTool> {
    const query = {
      identifier,
      'filter.providers': options.filter?.providers,
      'filter.tool_names': options.filter?.toolNames,
      'filter.connection_names': options.filter?.connectionNames,
    };
    return listed<ScopedToolPage, ScopedTool>(this.#transport, `${BASE}/scoped`, query, options, ({ tools }) => tools);
  }

  /** Tools that this user could have by connecting: of connectors where no account of theirs is active. */
  listAvailableTools(identifier: string, options: PageOptions = {}): Paged<AvailableToolPage, Tool> {
    const query = { identifier };
    return listed<AvailableToolPage, Tool>(this.#transport, `${BASE}/available`, query, options, ({ tools }) => tools);
  }

  /**
   * Runs a tool as one user. An answer that got lost is asked for again under the same idempotency key, so a write happens once.
   *
   * Throws a `GatehouseError`: `account_not_active` has the `connectUrl` to show to the user; after `unknown_outcome` read the
   * object before you try again.
   */
  async executeTool(request: ExecuteToolRequest, options: CallOptions = {}): Promise<ToolResult> {
    const answer = await this.#transport.json({
      ...options,
      method: 'POST',
      path: '/api/v1/execute_tool',
      body: {
        tool_name: request.toolName,
        identifier: request.identifier,
        params: request.params ?? {},
        connected_account_id: request.connectedAccountId,
        connector: request.connector,
        organization_id: request.organizationId,
        agent_run_id: request.agentRunId,
        toolset: request.toolset,
      },
      idempotencyKey: request.idempotencyKey ?? crypto.randomUUID(),
      repeatable: 'always',
    });
    return camelCased(answer) as ToolResult;
  }

  /** What became of a tool call; its arguments and result are in the audit trail. */
  async getExecution(executionId: string, options: CallOptions = {}): Promise<Execution> {
    const path = `/api/v1/executions/${encodeURIComponent(executionId)}`;
    const answer = camelCased(await this.#transport.json({ ...options, method: 'GET', path }));
    return (answer as { execution: Execution }).execution;
  }
}

const BASE = '/api/v1/tools';
