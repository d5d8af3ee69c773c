import { tool as agentsTool, type FunctionTool } from '@openai/agents';
import type { BoundUser } from '../gatehouse-user.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import { openaiParameters, type StrictOption } from '../model/openai-parameters.js';
import type { AdapterOptions } from '../model/options.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';
export type { StrictOption } from '../model/openai-parameters.js';

/** Options of {@link openaiAgentsTools}. */
export interface OpenAIAgentsOptions extends AdapterOptions {
  /** OpenAI's strict mode; `false` if left out. */
  readonly strict?: StrictOption;
}

/** A tool of the OpenAI Agents SDK. */
export type OpenAIAgentsTool = FunctionTool<unknown, AgentsParameters, string>;

/**
 * The user's tools for the OpenAI Agents SDK.
 *
 * @example
 * ```ts
 * const tools = await openaiAgentsTools(gatehouse.forUser('user_123'));
 * const agent = new Agent({ name: 'Support', instructions, tools });
 * ```
 */
export async function openaiAgentsTools(
  user: BoundUser,
  options: OpenAIAgentsOptions = {},
): Promise<OpenAIAgentsTool[]> {
  return (await modelTools(user, options)).map((tool) => toAgentsTool(tool, options.strict));
}

function toAgentsTool(tool: ModelTool, strictOption: StrictOption | undefined): OpenAIAgentsTool {
  const { parameters, strict } = openaiParameters(tool, strictOption);
  const made = agentsTool({
    name: tool.name,
    description: tool.description,
    // made without strict mode, so that the SDK leaves the schema as it is; ours follows the strict rules by itself
    parameters: parameters as unknown as AgentsParameters,
    strict: false,
    execute: async (given, _context, details) => (await tool.run(given, details?.signal)).text,
  });
  return { ...made, strict };
}

/** How the SDK's types write a schema that is not strict. */
export interface AgentsParameters {
  /** Arguments are one object. */
  type: 'object';
  /** Schema of each argument. */
  properties: Record<string, Record<string, unknown>>;
  /** Arguments that must be given. */
  required: string[];
  /** How the SDK marks a schema that is not strict; the schema itself may say otherwise. */
  additionalProperties: true;
}
