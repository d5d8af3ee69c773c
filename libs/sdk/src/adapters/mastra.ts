import { createTool } from '@mastra/core/tools';
import type { BoundUser } from '../gatehouse-user.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import type { AdapterOptions } from '../model/options.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';

/** A tool of Mastra. */
export type MastraTool = ReturnType<typeof createTool>;

/**
 * The user's tools for Mastra, by name.
 *
 * @example
 * ```ts
 * const tools = await mastraTools(gatehouse.forUser('user_123'));
 * const agent = new Agent({ id: 'support', name: 'Support', instructions, model, tools });
 * ```
 */
export async function mastraTools(user: BoundUser, options: AdapterOptions = {}): Promise<Record<string, MastraTool>> {
  const tools = await modelTools(user, options);
  return Object.fromEntries(tools.map((tool) => [tool.name, mastraTool(tool)]));
}

function mastraTool(tool: ModelTool): MastraTool {
  return createTool({
    id: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: standardSchema(tool),
    execute: async (given: unknown, context) => (await tool.run(given, context?.abortSignal)).value,
  });
}

/** Standard Schema with its JSON Schema. It lets everything through: the server validates, with words that a model can act on. */
function standardSchema(tool: ModelTool) {
  const schema = (): Record<string, unknown> => ({ ...tool.schema });
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'gatehouse',
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: schema, output: schema },
    },
  };
}
