import { ConnectorRegistry, type Connector } from '#app/connector-kit';
import { AppError, type ConnectionId, type RequestContext, type TenantId } from '#app/kernel';
import { ConnectionsService } from '#app/oauth';
import { ToolsetDirectory } from '#app/tools';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { McpResource } from '../caller.js';
import { offerFrom, offerOf, type OfferedTool } from './tool-offer.js';

const MOST_CONNECTIONS = 10_000;

/** Which tools are behind a URL of this door, before anything tightens them. */
@Injectable()
export class ToolOffers {
  /** A connection keeps its connector for as long as it is there, so this never gets old. */
  private readonly connectors = new LRUCache<string, Connector>({ max: MOST_CONNECTIONS });

  constructor(
    private readonly connections: ConnectionsService,
    private readonly toolsets: ToolsetDirectory,
    private readonly registry: ConnectorRegistry,
  ) {}

  /** Throws `not_found` when what the URL names is gone. */
  async behind(ctx: RequestContext, { connectionId, id, name }: McpResource): Promise<OfferedTool[]> {
    if (connectionId === null) return this.ofToolset(ctx, id);
    return offerOf(await this.connectorOf(ctx, connectionId), name);
  }

  private async ofToolset({ tenantId }: RequestContext, id: string): Promise<OfferedTool[]> {
    const tools = await this.toolsets.toolsOf(tenantId, id);
    if (tools === null) throw new AppError('not_found', 'There is no such toolset any more.');
    return tools.map((each) => offerFrom(each, id));
  }

  private async connectorOf(ctx: RequestContext, id: ConnectionId): Promise<Connector> {
    const key = keyOf(ctx.tenantId, id);
    const known = this.connectors.get(key);
    if (known !== undefined) return known;
    const { connector: connectorId } = await this.connections.get(ctx, id);
    const connector = this.registry.get(connectorId);
    if (connector === null)
      throw new AppError('not_found', `The connector ${connectorId} is not part of this installation any more.`);
    this.connectors.set(key, connector);
    return connector;
  }
}

const keyOf = (tenantId: TenantId, id: ConnectionId): string => `${tenantId} ${id}`;
