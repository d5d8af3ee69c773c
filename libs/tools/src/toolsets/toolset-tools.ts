import { ConnectorRegistry, type Connector, type ToolDefinition } from '#app/connector-kit';
import type { KnownConnection } from '#app/oauth';
import { digestOf } from './tool-digest.js';
import type { AcceptedTool, Toolset } from './toolset.js';

/**
 * - `accepted`: as it was when it was accepted
 * - `changed`: its definition is another one by now; it is not called until somebody accepts that
 * - `gone`: the connection, or the tool of its connector, is not there any more
 */
export type ToolState = 'accepted' | 'changed' | 'gone';

export const stateOf = ({ digest }: AcceptedTool, tool: ToolDefinition | undefined): ToolState => {
  if (tool === undefined) return 'gone';
  return digestOf(tool) === digest ? 'accepted' : 'changed';
};

/** A tool of a toolset that is there. */
export interface ToolsetTool {
  readonly tool: ToolDefinition;
  readonly connector: Connector;
  /** Name of the connection. */
  readonly connection: string;
  readonly state: 'accepted' | 'changed';
}

/** The tools of a toolset that are there, in its order. */
export function toolsOf(
  { parts }: Toolset,
  connections: readonly KnownConnection[],
  registry: ConnectorRegistry,
): ToolsetTool[] {
  return parts.flatMap(({ connectionId, tools }) => {
    const connection = connections.find(({ id }) => id === connectionId);
    const connector = connection === undefined ? null : registry.get(connection.connector);
    if (connection === undefined || connector === null) return [];
    return tools.flatMap((each) => {
      const tool = connector.tools.get(each.name);
      const state = stateOf(each, tool);
      return tool === undefined || state === 'gone' ? [] : [{ tool, connector, connection: connection.name, state }];
    });
  });
}
