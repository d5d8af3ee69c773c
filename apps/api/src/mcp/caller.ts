import type { Caller, ConnectionId, TenantId } from '#app/kernel';

/**
 * What a token of this door allows, besides what the tenant's client and the policy allow. `mcp:write` includes `mcp:read`: the
 * first challenge asks for reading only, and writing is asked for when a tool needs it.
 */
export const MCP_SCOPES = ['mcp:read', 'mcp:write'] as const;

export type McpScope = (typeof MCP_SCOPES)[number];

/**
 * What a URL of this door stands for, and so what a token is for. `/intercom` is a connection of the installation's first tenant,
 * `/conn_…` one of any tenant, `/mcp/…` a toolset.
 */
export interface McpResource {
  readonly kind: 'connection' | 'toolset';
  readonly tenantId: TenantId;
  /** `conn_…` or `cfg_…`. */
  readonly id: string;
  /** The connection's or toolset's own name, for people. */
  readonly name: string;
  /** The connection, when it is one. */
  readonly connectionId: ConnectionId | null;
  /** The URL without what tightens it. */
  readonly baseUrl: string;
  /** The URL as clients configure it, byte for byte: the audience of its tokens and `resource` of its metadata. */
  readonly url: string;
  /** `…/readonly`: only tools that change nothing. */
  readonly readOnly: boolean;
  /** `…/x/{tool-set}`: only the tools of that set; null for all. */
  readonly toolSet: string | null;
}

/** Who calls through this door: an end user of a tenant's, by way of an agent. What stands here was true when the request came. */
export interface McpCaller {
  /** Of the request that the caller makes. */
  readonly requestId: string;
  readonly tenantId: TenantId;
  /**
   * The API client in whose name the agent works: the one that made the token, or the tenant's client for signed-in agents. Goes
   * into the `RequestContext`, so that its permissions, its tools and its end hold here too.
   */
  readonly client: Caller;
  /** The tenant's own name for the end user: whose accounts are used. */
  readonly identifier: string;
  readonly scopes: ReadonlySet<McpScope>;
  readonly resource: McpResource;
  /** Names the token in the audit trail; not a secret. */
  readonly tokenId: string;
  /** The user's permission that the token rests on; null for a token that the tenant's back end made. */
  readonly grantId: string | null;
  /** The application that was given the token (its OAuth client id); null for a token that the tenant's back end made. */
  readonly agent: string | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** A refusal that the transport answers before it looks at the body, as it stands here. */
export interface McpChallenge {
  readonly status: 401 | 403 | 404;
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON document that says what to do, for clients that show it. */
  readonly body: Readonly<Record<string, unknown>>;
}

export type McpAdmission =
  | { readonly caller: McpCaller; readonly challenge?: undefined }
  | { readonly challenge: McpChallenge; readonly caller?: undefined };

/** What the guard reads of a request. `path` is the path of the URL without its query: a token in a query is never looked at. */
export interface McpRequest {
  readonly requestId: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** What a tool call comes to whose token lacks a scope. */
export type StepUp =
  | { readonly granted: true }
  /** Answer the HTTP request with this: clients that can, ask their user for more and come back. */
  | { readonly granted: false; readonly challenge: McpChallenge }
  /** The client came back with another token and still lacks it: tell the model in the result, with the page for the user. */
  | { readonly granted: false; readonly explain: string; readonly challenge?: undefined };

/** Stands before every request of this door. */
export interface McpGuard {
  /** Who calls, or the answer that refuses it. Throws only what is not the caller's fault (`not_available`). */
  resolve(request: McpRequest): Promise<McpAdmission>;
  /** To be asked before a call of a tool that changes something (`mcp:write`) or reads (`mcp:read`). */
  stepUp(caller: McpCaller, needed: McpScope): Promise<StepUp>;
}

/** Injection token for the {@link McpGuard}. */
export const MCP_GUARD = Symbol('McpGuard');
