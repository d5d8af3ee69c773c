import type { ConnectionId, TenantId, ToolsetId } from '#app/kernel';

/** One tool of a toolset, as it was when somebody accepted it. */
export interface AcceptedTool {
  readonly name: string;
  /** Of its definition, see `digestOf`. */
  readonly digest: string;
}

/** The tools that a toolset has of one connection. */
export interface ToolsetPart {
  readonly connectionId: ConnectionId;
  readonly tools: readonly AcceptedTool[];
}

/** A chosen set of connections and tools under one URL. */
export interface Toolset {
  readonly tenantId: TenantId;
  readonly id: ToolsetId;
  /** Unique within the tenant; part of its URL, so it never changes. */
  readonly name: string;
  readonly description: string;
  /** Increases with each change. */
  readonly version: number;
  readonly parts: readonly ToolsetPart[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a part is to consist of. */
export interface WantedPart {
  /** Id (`conn_…`) or name of the connection. */
  readonly connection: string;
  /** All that the connector has at this moment when it is empty. */
  readonly tools: readonly string[];
}

export interface ToolsetChanges {
  readonly description?: string | undefined;
  readonly parts?: readonly WantedPart[] | undefined;
  /** Refuses the change unless this is still the version. */
  readonly version?: number | undefined;
}

export interface NewToolset {
  readonly name: string;
  readonly description?: string | undefined;
  readonly parts: readonly WantedPart[];
}
