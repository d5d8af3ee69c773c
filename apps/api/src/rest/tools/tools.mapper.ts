import type { CataloguePage as Page, CatalogueTool, ExcludedTool, ScopedTool } from '#app/tools';
import type { CataloguePage, ExcludedToolView, ScopedToolView, ToolView } from './tools.view.js';

export function toolView({ connector, tool }: CatalogueTool): ToolView {
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
    updated_at: null,
  };
}

export const scopedToolView = (scoped: ScopedTool): ScopedToolView => ({
  tool: toolView(scoped),
  identifier: scoped.identifier,
  connected_account_id: scoped.account.id,
});

export const excludedToolView = ({ tool, account, code, reason }: ExcludedTool): ExcludedToolView => ({
  tool_name: tool.name,
  connected_account_id: account.id,
  connector: account.connectionName,
  code,
  reason,
});

export const pageView = (page: Page<unknown>): Pick<CataloguePage, keyof CataloguePage> => ({
  next_page_token: page.nextPageToken,
  prev_page_token: page.prevPageToken,
  total_size: page.totalSize,
});
