import type { PageOptions } from '../http/pages.js';

/** A JSON Schema, as the server publishes it for the arguments of a tool. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a tool does to the provider's data: hints for an agent, in the words of MCP. */
export interface ToolAnnotations {
  /** Name for people. */
  readonly title: string;
  /** Whether it changes nothing. */
  readonly read_only_hint: boolean;
  /** Whether it may delete or overwrite something. */
  readonly destructive_hint: boolean;
  /** Whether doing it twice does what doing it once does. */
  readonly idempotent_hint: boolean;
  /** Whether it reaches out of this system: always true, since a provider is at the other end. */
  readonly open_world_hint: boolean;
}

/** What a model is told of a tool. Its members keep the spelling of the wire, since they are handed on as they are. */
export interface ToolDefinition {
  /** What calls name it by. */
  readonly name: string;
  /** Name for people. */
  readonly display_name: string;
  /** What it does, for a model. */
  readonly description: string;
  /** Schema of its arguments. */
  readonly input_schema: JsonSchema;
  /** What it does to the provider's data. */
  readonly annotations: ToolAnnotations;
}

/** A tool of a connector. */
export interface Tool {
  /** Such as `tol_…`. */
  readonly id: string;
  /** Id of the connector in upper case, such as `INTERCOM`. */
  readonly provider: string;
  /** What a model is told of it. */
  readonly definition: ToolDefinition;
  /** Of which release of the connector it is. */
  readonly metadata: { readonly connector_version: string };
  /** What it has to do with. */
  readonly tags: readonly string[];
  /** Whether it is shown to those who do not choose. */
  readonly isDefault: boolean;
  /** When it last changed; null for one that came with the server. */
  readonly updatedAt: string | null;
}

/** A tool that one user may call, and the account that it would run as. */
export interface ScopedTool {
  /** The tool. */
  readonly tool: Tool;
  /** Your own name for the end user. */
  readonly identifier: string;
  /** The account that it would run as. */
  readonly connectedAccountId: string;
}

/** A tool of this user that can't be called now. */
export interface ExcludedTool {
  /** The tool. */
  readonly toolName: string;
  /** The account that it would run as. */
  readonly connectedAccountId: string;
  /** Name of the connection. */
  readonly connector: string;
  /** What a call would be refused with. */
  readonly code: 'account_not_active' | 'permission_denied' | 'policy_denied' | 'missing_scope';
  /** Why, for people. */
  readonly reason: string;
}

/** What every page of tools says. */
export interface CataloguePage {
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** Empty on the first page. */
  readonly prevPageToken: string;
  /** Tools that match, on all pages. */
  readonly totalSize: number;
}

/** A page of {@link ToolsApi.listTools}. */
export interface ToolPage extends CataloguePage {
  /** The tools of this page. */
  readonly tools: readonly Tool[];
  /** Names instead of tools, when `summary` was asked for. */
  readonly toolNames: readonly string[];
}

/** A page of {@link ToolsApi.listAvailableTools}. */
export interface AvailableToolPage extends CataloguePage {
  /** The tools of this page. */
  readonly tools: readonly Tool[];
}

/** A page of {@link ToolsApi.listScopedTools}. */
export interface ScopedToolPage extends CataloguePage {
  /** The tools of this page. */
  readonly tools: readonly ScopedTool[];
  /** The same on every page: what this user has and can't call now, each with why. */
  readonly excluded: readonly ExcludedTool[];
}

/** Options of {@link ToolsApi.listTools}. */
export interface ListToolsOptions extends PageOptions {
  /** What it is narrowed to; every member that is given must match. */
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
  /** Ids of connectors, in any case. */
  readonly providers?: readonly string[];
  /** Names of tools. */
  readonly toolNames?: readonly string[];
  /** Names of connections. */
  readonly connectionNames?: readonly string[];
}

/** Options of {@link ToolsApi.listScopedTools}. */
export interface ListScopedToolsOptions extends PageOptions {
  /** What it is narrowed to; every member that is given must match. */
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
  /** Organization of the user, if the account was made with one. */
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
  /** What the tool says; its members are the connector's own. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The call's record in the audit trail. */
  readonly executionId: string;
}

/** State of a tool call, without its payload. */
export interface Execution {
  /** Such as `exe_01J…`. */
  readonly id: string;
  /** What came of it; `unknown` if nobody can say whether a write happened. */
  readonly status: 'running' | 'success' | 'failure' | 'denied' | 'unknown';
  /** The tool that was called. */
  readonly toolName: string | null;
  /** Your own name for the end user. */
  readonly identifier: string | null;
  /** The account that was used. */
  readonly connectedAccountId: string | null;
  /** Id of the account's connection. */
  readonly connectionId: string | null;
  /** The API client that asked. */
  readonly clientId: string | null;
  /** The door: rest, grpc, mcp or proxy. */
  readonly source: string;
  /** The code of the error, as in {@link GatehouseErrorCode}. */
  readonly errorCode: string | null;
  /** Why it was refused or failed. */
  readonly reason: string | null;
  /** HTTP status of the provider. */
  readonly providerStatus: number | null;
  /** How long it took. */
  readonly durationMs: number | null;
  /** When it began. */
  readonly startedAt: string;
  /** When it ended; null while it runs. */
  readonly finishedAt: string | null;
}
