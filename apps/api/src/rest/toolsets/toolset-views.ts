import { ConnectorRegistry } from '#app/connector-kit';
import { AppError, type RequestContext } from '#app/kernel';
import { ConnectionsService, type Connection } from '#app/oauth';
import { stateOf, type Toolset, type ToolsetPart } from '#app/tools';
import { Injectable } from '@nestjs/common';
import { McpResources } from '../../mcp/auth/mcp-resources.js';
import type { ToolsetPartView, ToolsetView } from './toolsets.dto.js';

/** What is shown of a toolset: what was chosen, beside what is there now. */
@Injectable()
export class ToolsetViews {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly registry: ConnectorRegistry,
    private readonly resources: McpResources,
  ) {}

  async of(ctx: RequestContext, toolsets: readonly Toolset[]): Promise<ToolsetView[]> {
    const connections = await this.connections.all(ctx);
    return Promise.all(toolsets.map((each) => this.view(each, connections)));
  }

  async one(ctx: RequestContext, toolset: Toolset): Promise<ToolsetView> {
    return this.view(toolset, await this.connections.all(ctx));
  }

  private async view(toolset: Toolset, connections: readonly Connection[]): Promise<ToolsetView> {
    const { id, name, description, version, parts, createdAt, updatedAt } = toolset;
    const resource = await this.resources.withId(id);
    if (resource === null) throw new AppError('not_found', `The toolset ${id} is not there any more.`);
    return {
      id,
      name,
      description,
      version,
      connection_tool_mappings: parts.map((part) => this.part(part, connections)),
      mcp_server_url: resource.url,
      created_at: createdAt.toISOString(),
      updated_at: updatedAt.toISOString(),
    };
  }

  private part({ connectionId, tools }: ToolsetPart, connections: readonly Connection[]): ToolsetPartView {
    const connection = connections.find(({ id }) => id === connectionId);
    const connector = connection === undefined ? null : this.registry.get(connection.connector);
    return {
      connection_id: connectionId,
      connection_name: connection?.name ?? null,
      provider: connection?.connector ?? null,
      tools: tools.map(({ name }) => name),
      tool_definitions: tools.map((each) => ({
        name: each.name,
        digest: each.digest,
        state: stateOf(each, connector?.tools.get(each.name)),
      })),
    };
  }
}
