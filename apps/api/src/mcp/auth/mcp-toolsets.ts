import type { TenantId } from '#app/kernel';

/** A toolset as far as a URL that names it goes. */
export interface KnownToolset {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly name: string;
}

/** Where the toolsets behind `/mcp/…` are looked up. */
export interface McpToolsets {
  /** By what stands in the URL; null when there is none. */
  find(name: string): Promise<KnownToolset | null>;
}

/** Injection token for {@link McpToolsets}. */
export const MCP_TOOLSETS = Symbol('McpToolsets');
