import { APP_CONFIG, type AppConfig } from '#app/config';
import { FirstTenant } from '#app/identity';
import { isId } from '#app/kernel';
import { ConnectionDirectory, type KnownConnection } from '#app/oauth';
import { ToolsetDirectory, type KnownToolset } from '#app/tools';
import { Inject, Injectable } from '@nestjs/common';
import type { McpResource } from '../caller.js';
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
    private readonly toolsets: ToolsetDirectory,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
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
    const folder = isId('connection', id) ? '/' : '/mcp/';
    const named = isId('connection', id) ? await this.connections.byId(id) : await this.toolsets.byId(id);
    if (named === null) return null;
    const home = named.tenantId === (await this.firstTenant.id());
    const name = home ? await this.at(folder + encodeURIComponent(named.name)) : null;
    return name?.id === id ? name : this.at(folder + id);
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

  private async toolset(name: string): Promise<KnownToolset | null> {
    if (isId('toolset', name)) return this.toolsets.byId(name);
    const home = await this.firstTenant.id();
    return home === null ? null : this.toolsets.named(home, name);
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
