import { ConnectorRegistry } from '#app/connector-kit';
import { SystemDatabase } from '#app/database';
import { isId, type TenantId, type ToolsetId } from '#app/kernel';
import { ConnectionDirectory } from '#app/oauth';
import { Injectable } from '@nestjs/common';
import type { Toolset } from './toolset.js';
import { toolsOf, type ToolsetTool } from './toolset-tools.js';

/** A toolset as far as a URL that names it goes. */
export interface KnownToolset {
  readonly tenantId: TenantId;
  readonly id: ToolsetId;
  readonly name: string;
}

const SELECT = `SELECT tenant_id AS "tenantId", id, name, description, version, parts, created_at AS "createdAt",
  updated_at AS "updatedAt" FROM toolsets`;
const BY_ID = { name: 'tools.toolset_by_id', text: `${SELECT} WHERE id = $1 LIMIT 2` };
const BY_NAME = { name: 'tools.toolset_by_name', text: `${SELECT} WHERE tenant_id = $1 AND name = $2` };
const OF_TENANT = { name: 'tools.toolset_of_tenant', text: `${SELECT} WHERE tenant_id = $1 AND id = $2` };

/** Looks toolsets up as agents name them. Nothing is kept, so that a change holds for the next request. */
@Injectable()
export class ToolsetDirectory {
  constructor(
    private readonly system: SystemDatabase,
    private readonly connections: ConnectionDirectory,
    private readonly registry: ConnectorRegistry,
  ) {}

  async byId(id: string): Promise<KnownToolset | null> {
    if (!isId('toolset', id)) return null;
    const [row, another] = await this.system.query<Toolset>(BY_ID, [id]);
    return row === undefined || another !== undefined ? null : row;
  }

  async named(tenantId: TenantId, name: string): Promise<KnownToolset | null> {
    const [row] = await this.system.query<Toolset>(BY_NAME, [tenantId, name]);
    return row ?? null;
  }

  /** The tools of one, in its order; null when it is gone. */
  async toolsOf(tenantId: TenantId, id: string): Promise<ToolsetTool[] | null> {
    const [toolset] = await this.system.query<Toolset>(OF_TENANT, [tenantId, id]);
    if (toolset === undefined) return null;
    const ids = toolset.parts.map(({ connectionId }) => connectionId);
    return toolsOf(toolset, await this.connections.several(tenantId, ids), this.registry);
  }
}
