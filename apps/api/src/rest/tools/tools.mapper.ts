import type { CatalogueTool, ExcludedTool, ScopedTool } from '#app/tools';

/** A tool as the published AgentKit API shows it: `definition` is handed on untouched by its clients. */
export function toolView({ connector, tool }: CatalogueTool): object {
  const { annotations } = tool;
  return {
    id: tool.id,
    provider: connector.id.toUpperCase(),
    definition: {
      name: tool.name,
      display_name: tool.title,
      description: tool.description,
      input_schema: tool.inputSchema,
      annotations: {
        title: tool.title,
        read_only_hint: annotations.readOnly,
        destructive_hint: annotations.destructive,
        idempotent_hint: annotations.idempotent,
        open_world_hint: annotations.openWorld,
      },
    },
    metadata: { connector_version: connector.version },
    tags: [],
    is_default: true,
  };
}

export const scopedToolView = (scoped: ScopedTool): object => ({
  tool: toolView(scoped),
  identifier: scoped.identifier,
  connected_account_id: scoped.account.id,
});

export const excludedToolView = ({ tool, account, code, reason }: ExcludedTool): object => ({
  tool_name: tool.name,
  connected_account_id: account.id,
  connector: account.connectionName,
  code,
  reason,
});
