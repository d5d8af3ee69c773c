import type { ToolDefinition } from '#app/connector-kit';
import type { Tool } from '@modelcontextprotocol/server';

/** A tool in the words of the protocol. Its name is the one that it has at every door. */
export function presentTool({ name, title, description, inputSchema, annotations }: ToolDefinition): Tool {
  return {
    name,
    title,
    description,
    inputSchema: inputSchema as Tool['inputSchema'],
    annotations: {
      title,
      readOnlyHint: annotations.readOnly,
      destructiveHint: annotations.destructive,
      idempotentHint: annotations.idempotent,
      openWorldHint: annotations.openWorld,
    },
  };
}
