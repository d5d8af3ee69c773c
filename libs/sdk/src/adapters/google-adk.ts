import { BaseTool, MCPToolset, type RunAsyncToolRequest } from '@google/adk';
import type { BoundUser } from '../gatehouse-user.js';
import { geminiSchema } from '../model/gemini-schema.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import type { AdapterOptions } from '../model/options.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';

type Declaration = NonNullable<ReturnType<BaseTool['_getDeclaration']>>;

/**
 * The user's tools for Google's Agent Development Kit.
 *
 * @example
 * ```ts
 * const tools = await adkTools(gatehouse.forUser('user_123'));
 * const agent = new LlmAgent({ name: 'support', model: 'gemini-2.5-flash', instruction, tools });
 * ```
 */
export async function adkTools(user: BoundUser, options: AdapterOptions = {}): Promise<BaseTool[]> {
  return (await modelTools(user, options)).map((tool) => new GatehouseTool(tool));
}

/** ADK's own conversion drops formats, defaults and bounds; this one keeps what Gemini has a word for, and says the rest. */
class GatehouseTool extends BaseTool {
  readonly #tool: ModelTool;

  constructor(tool: ModelTool) {
    super({ name: tool.name, description: tool.description });
    this.#tool = tool;
  }

  override _getDeclaration(): Declaration {
    const { name, description, schema } = this.#tool;
    const hasParameters = Object.keys(schema['properties'] ?? {}).length > 0;
    return {
      name,
      description,
      // Gemini refuses an object without properties
      ...(hasParameters ? { parameters: geminiSchema(schema) } : {}),
    };
  }

  override async runAsync({ args, toolContext }: RunAsyncToolRequest): Promise<unknown> {
    return (await this.#tool.run(args, toolContext.abortSignal)).value;
  }
}

/** How to reach an MCP endpoint of Gatehouse as one user. */
export interface AdkMcpOptions {
  /** URL of the endpoint. */
  readonly url: string;
  /** Session token of one user; sent as `Authorization: Bearer`. */
  readonly token: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of the tools to show; all if left out. */
  readonly toolNames?: readonly string[];
  /** Put before every name. It counts towards the 64 characters that a name may have. */
  readonly prefix?: string;
}

/**
 * Gatehouse's MCP endpoint as an ADK toolset. Close it when the agent is done.
 *
 * ADK sends what stands in `transportOptions.requestInit.headers` only: its `headers` is ignored without a word, and so is `header`
 * as soon as there are transport options. Without its header a request would be nobody's. Needs `@modelcontextprotocol/sdk`.
 */
export function adkMcpToolset({ url, token, headers, toolNames, prefix }: AdkMcpOptions): MCPToolset {
  if (token === '') throw new TypeError('token: must be the session token of a user');
  const requestInit = { headers: { ...headers, Authorization: `Bearer ${token}` } };
  return new MCPToolset(
    { type: 'StreamableHTTPConnectionParams', url, transportOptions: { requestInit } },
    toolNames === undefined ? [] : [...toolNames],
    prefix,
  );
}
