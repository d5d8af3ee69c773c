import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import type { Message, Tool, ToolResultBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { BoundUser } from '../gatehouse-user.js';
import type { CallOptions } from '../http/transport.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import type { AdapterOptions } from '../model/options.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';

/** Tools for `client.messages.create`, and for `client.beta.messages.toolRunner`. */
export interface AnthropicTools {
  /** For `messages.create`. */
  readonly tools: Tool[];
  /** For `beta.messages.toolRunner`, which runs the loop itself. */
  readonly runnable: BetaRunnableTool[];
  /**
   * Runs the calls of a message, all at once, and returns the content of the user message that answers them. Calls of tools that
   * are not among `tools` are left to you; an empty list means that the model is done.
   */
  readonly resultsFor: (
    message: Pick<Message, 'content'>,
    options?: Pick<CallOptions, 'signal'>,
  ) => Promise<ToolResultBlockParam[]>;
}

/**
 * The user's tools for Anthropic's Messages API.
 *
 * @example
 * ```ts
 * const set = await anthropicTools(gatehouse.forUser('user_123'));
 * const answer = await anthropic.beta.messages.toolRunner({ model, max_tokens, messages, tools: set.runnable });
 * ```
 */
export async function anthropicTools(user: BoundUser, options: AdapterOptions = {}): Promise<AnthropicTools> {
  const tools = await modelTools(user, options);
  return {
    tools: tools.map(described),
    runnable: tools.map((tool) => ({
      ...described(tool),
      parse: (given: unknown) => given,
      run: async (given: unknown, context) => {
        const { text, isError } = await tool.run(given, context?.signal ?? undefined);
        // how the runner is told to set is_error
        if (isError) throw new ToolError(text);
        return text;
      },
    })),
    resultsFor: (message, { signal } = {}) => resultsFor(tools, message, signal),
  };
}

async function resultsFor(
  tools: readonly ModelTool[],
  message: Pick<Message, 'content'>,
  signal: AbortSignal | undefined,
): Promise<ToolResultBlockParam[]> {
  const results = message.content.flatMap((block) => {
    const tool = block.type === 'tool_use' ? tools.find(({ name }) => name === block.name) : undefined;
    return tool === undefined || block.type !== 'tool_use' ? [] : [resultOf(tool, block.id, block.input, signal)];
  });
  return Promise.all(results);
}

async function resultOf(
  tool: ModelTool,
  toolUseId: string,
  given: unknown,
  signal: AbortSignal | undefined,
): Promise<ToolResultBlockParam> {
  const { text, isError } = await tool.run(given, signal);
  return { type: 'tool_result', tool_use_id: toolUseId, content: text, ...(isError ? { is_error: true } : {}) };
}

const described = (tool: ModelTool): Tool => ({
  name: tool.name,
  description: tool.description,
  input_schema: { ...tool.schema, type: 'object' },
});
