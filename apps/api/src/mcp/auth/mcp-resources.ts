import { APP_CONFIG, type AppConfig } from '#app/config';
import { FirstTenant } from '#app/identity';
import { isId } from '#app/kernel';
import { ConnectionDirectory, type KnownConnection } from '#app/oauth';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { McpResource } from '../caller.js';
import { MCP_TOOLSETS, type KnownToolset, type McpToolsets } from './mcp-toolsets.js';
import { readResourcePath, type ResourcePath } from './resource-path.js';

/**
 * Says what a URL of this door stands for. A bare name is a connection of the first tenant; every connection also has the URL of its
 * id, so that two tenants may both have an `intercom`.
 */
@Injectable()
export class McpResources {
  constructor(
    private readonly connections: ConnectionDirectory,
    private readonly firstTenant: FirstTenant,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Optional() @Inject(MCP_TOOLSETS) private readonly toolsets: McpToolsets | null = null,
  ) {}

  /** What the path of a URL stands for; null when it is nothing. */
  async at(path: string): Promise<McpResource | null> {
    const parts = readResourcePath(path);
    if (parts === null) return null;
    const named = parts.kind === 'toolset' ? await this.toolset(parts.name) : await this.connection(parts.name);
    return named === null ? null : this.resourceOf(parts, named);
  }

  /** What an absolute URL stands for, as a client names it to the OAuth server. It has to be spelt as we spell it. */
  async of(url: string): Promise<McpResource | null> {
    if (!url.startsWith(`${this.publicUrl}/`)) return null;
    const resource = await this.at(url.slice(this.publicUrl.length));
    return resource?.url === url ? resource : null;
  }

  /** The shortest URL of a connection (`conn_…`) or toolset (`cfg_…`) of a tenant, and what it stands for. */
  async withId(id: string): Promise<McpResource | null> {
    if (!isId('connection', id)) return this.at(`/mcp/${id}`);
    const connection = await this.connections.byId(id);
    if (connection === null) return null;
    const home = connection.tenantId === (await this.firstTenant.id());
    const name = home ? await this.at(`/${encodeURIComponent(connection.name)}`) : null;
    return name?.id === id ? name : this.at(`/${id}`);
  }

  /** What a client means that names no URL: the first tenant's connection, when it has just one. */
  async only(): Promise<McpResource | null> {
    const home = await this.firstTenant.id();
    const only = home === null ? null : await this.connections.only(home);
    return only === null ? null : this.withId(only.id);
  }

  private async connection(name: string): Promise<KnownConnection | null> {
    if (isId('connection', name)) return this.connections.byId(name);
    const home = await this.firstTenant.id();
    return home === null ? null : this.connections.named(home, name);
  }

  private toolset(name: string): Promise<KnownToolset | null> {
    return this.toolsets?.find(name) ?? Promise.resolve(null);
  }

  private resourceOf(parts: ResourcePath, named: KnownConnection | KnownToolset): McpResource {
    const baseUrl = this.publicUrl + parts.base;
    const { tenantId, id, name } = named;
    const { kind, readOnly, toolSet } = parts;
    const connectionId = isId('connection', id) ? id : null;
    return { kind, tenantId, id, name, connectionId, baseUrl, url: baseUrl + parts.suffix, readOnly, toolSet };
  }

  private get publicUrl(): string {
    return this.config.http.publicUrl;
  }
}
