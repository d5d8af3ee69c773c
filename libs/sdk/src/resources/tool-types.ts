import type { CallOptions } from '../http/transport.js';

/** A JSON Schema, as the server publishes it for the arguments of a tool. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a tool does to the provider's data: hints for an agent, in the words of MCP. */
export interface ToolAnnotations {
  readonly title: string;
  readonly read_only_hint: boolean;
  readonly destructive_hint: boolean;
  readonly idempotent_hint: boolean;
  readonly open_world_hint: boolean;
}

/** What a model is told of a tool. Its members keep the spelling of the wire, since they are handed on as they are. */
export interface ToolDefinition {
  readonly name: string;
  readonly display_name: string;
  readonly description: string;
  readonly input_schema: JsonSchema;
  readonly annotations: ToolAnnotations;
}

/** A tool of a connector. */
export interface Tool {
  readonly id: string;
  /** Id of the connector in upper case, such as `INTERCOM`. */
  readonly provider: string;
  readonly definition: ToolDefinition;
  readonly metadata: { readonly connector_version: string };
  readonly tags: readonly string[];
  readonly isDefault: boolean;
  readonly updatedAt: string | null;
}

/** A tool that one user may call, and the account that it would run as. */
export interface ScopedTool {
  readonly tool: Tool;
  readonly identifier: string;
  readonly connectedAccountId: string;
}

/** A tool of this user that can't be called now. */
export interface ExcludedTool {
  readonly toolName: string;
  readonly connectedAccountId: string;
  /** Name of the connection. */
  readonly connector: string;
  readonly code: 'account_not_active' | 'permission_denied' | 'policy_denied' | 'missing_scope';
  readonly reason: string;
}

/** What every page of tools says. */
export interface CataloguePage {
  /** Empty on the last page. */
  readonly nextPageToken: string;
  readonly prevPageToken: string;
  readonly totalSize: number;
}

/** A page of {@link ToolsApi.listTools}. */
export interface ToolPage extends CataloguePage {
  readonly tools: readonly Tool[];
  /** Names instead of tools, when `summary` was asked for. */
  readonly toolNames: readonly string[];
}

/** A page of {@link ToolsApi.listAvailableTools}. */
export interface AvailableToolPage extends CataloguePage {
  readonly tools: readonly Tool[];
}

/** A page of {@link ToolsApi.listScopedTools}. */
export interface ScopedToolPage extends CataloguePage {
  readonly tools: readonly ScopedTool[];
  /** The same on every page: what this user has and can't call now, each with why. */
  readonly excluded: readonly ExcludedTool[];
}

/** Where a list begins and how large its pages are. */
export interface PageOptions extends CallOptions {
  /** 1 to 1000; 100 if left out. */
  readonly pageSize?: number;
  /** `nextPageToken` of the page before. */
  readonly pageToken?: string;
}

/** Options of {@link ToolsApi.listTools}. */
export interface ListToolsOptions extends PageOptions {
  readonly filter?: {
    readonly provider?: readonly string[];
    readonly toolName?: readonly string[];
    /** Names of connections. */
    readonly connector?: readonly string[];
    /** Words to look for in name and description. */
    readonly query?: string;
    readonly identifier?: string;
    readonly organizationId?: string;
    readonly connectedAccountId?: string;
    /** Names instead of tools. */
    readonly summary?: boolean;
  };
}

/** What a list of scoped tools is narrowed to. */
export interface ScopedToolFilter {
  readonly providers?: readonly string[];
  readonly toolNames?: readonly string[];
  readonly connectionNames?: readonly string[];
}

/** Options of {@link ToolsApi.listScopedTools}. */
export interface ListScopedToolsOptions extends PageOptions {
  readonly filter?: ScopedToolFilter;
}

/** A tool call, but for the user whom it is for. */
export interface ToolCall {
  /** Such as `intercom_conversations_list`. */
  readonly toolName: string;
  /** The arguments, by the tool's `input_schema`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Names the account itself. */
  readonly connectedAccountId?: string | undefined;
  /** Name of the connection, when the user has accounts on several of this connector. */
  readonly connector?: string | undefined;
  readonly organizationId?: string | undefined;
  /** The agent's own name for its run; recorded in the audit trail. */
  readonly agentRunId?: string | undefined;
  /** Tools that this call may use: tightens what the API client may do, never widens it. */
  readonly toolset?: readonly string[] | undefined;
  /**
   * Makes a write happen once, for 24 hours. One is made for every call that has none, so that a lost answer can be asked for
   * again; give your own to make a call safe across restarts of your process.
   */
  readonly idempotencyKey?: string | undefined;
}

/** A tool call of {@link ToolsApi.executeTool}. */
export interface ExecuteToolRequest extends ToolCall {
  /** Your own name for the end user, from your session and never from a model. */
  readonly identifier?: string | undefined;
}

/** What a tool call came to. */
export interface ToolResult {
  readonly data: Readonly<Record<string, unknown>>;
  /** The call's record in the audit trail. */
  readonly executionId: string;
}

/** State of a tool call, without its payload. */
export interface Execution {
  readonly id: string;
  readonly status: 'running' | 'success' | 'failure' | 'denied' | 'unknown';
  readonly toolName: string | null;
  readonly identifier: string | null;
  readonly connectedAccountId: string | null;
  readonly connectionId: string | null;
  readonly clientId: string | null;
  readonly source: string;
  readonly errorCode: string | null;
  readonly reason: string | null;
  readonly providerStatus: number | null;
  readonly durationMs: number | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}
