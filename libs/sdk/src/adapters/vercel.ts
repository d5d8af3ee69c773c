import { dynamicTool, jsonSchema, type ToolSet } from 'ai';
import type { BoundUser } from '../gatehouse-user.js';
import type { ModelTool } from '../model/model-tool.js';
import { modelTools } from '../model/model-tools.js';
import type { AdapterOptions } from '../model/options.js';

export type { AdapterOptions, PendingCall } from '../model/options.js';

/**
 * The user's tools for the AI SDK, by name.
 *
 * @example
 * ```ts
 * const tools = await vercelTools(gatehouse.forUser('user_123'));
 * const { text } = await generateText({ model, prompt, tools, stopWhen: stepCountIs(5) });
 * ```
 */
export async function vercelTools(user: BoundUser, options: AdapterOptions = {}): Promise<ToolSet> {
  const tools = await modelTools(user, options);
  return Object.fromEntries(tools.map((tool) => [tool.name, vercelTool(tool)]));
}

function vercelTool(tool: ModelTool): ToolSet[string] {
  const failures = new WeakSet<object>();
  return dynamicTool({
    description: tool.description,
    title: tool.title,
    inputSchema: jsonSchema(tool.schema),
    execute: async (given, { abortSignal }) => {
      const { value, isError } = await tool.run(given, abortSignal);
      if (isError) failures.add(value);
      return value;
    },
    toModelOutput: ({ output }) => ({
      type: failures.has(output as object) ? 'error-json' : 'json',
      value: output as Json,
    }),
  });
}

type Json = null | string | number | boolean | { [member: string]: Json } | Json[];
