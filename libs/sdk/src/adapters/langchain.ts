import { ToolMessage } from '@langchain/core/messages';
import { DynamicStructuredTool } from '@langchain/core/tools';
import type { BoundUser } from '../gatehouse-user.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import type { AdapterOptions } from '../model/options.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';

/**
 * The user's tools for LangChain and LangGraph.
 *
 * @example
 * ```ts
 * const tools = await langchainTools(gatehouse.forUser('user_123'));
 * const agent = createReactAgent({ llm, tools });
 * ```
 */
export async function langchainTools(user: BoundUser, options: AdapterOptions = {}): Promise<DynamicStructuredTool[]> {
  return (await modelTools(user, options)).map((tool) => new GatehouseTool(tool));
}

/** LangChain validates before it calls, so nulls and numbers in quotes have to be seen to before that. */
class GatehouseTool extends DynamicStructuredTool {
  readonly #tool: ModelTool;

  constructor(tool: ModelTool) {
    super({
      name: tool.name,
      description: tool.description,
      schema: tool.schema,
      // names the field that is wrong; without it a model is told only that something is
      verboseParsingErrors: true,
      func: async (given: unknown, _manager, config) => {
        const { text, isError } = await tool.run(given, config?.signal);
        const id = (config as { toolCall?: { id?: string } } | undefined)?.toolCall?.id;
        if (!isError || id === undefined) return text;
        return new ToolMessage({ content: text, tool_call_id: id, name: tool.name, status: 'error' });
      },
    });
    this.#tool = tool;
  }

  override call(
    ...[given, ...rest]: Parameters<DynamicStructuredTool['call']>
  ): ReturnType<DynamicStructuredTool['call']> {
    return super.call(this.#tool.tidied(given), ...rest);
  }
}
