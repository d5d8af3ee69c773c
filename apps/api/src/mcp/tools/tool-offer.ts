import type { Connector, ToolDefinition } from '#app/connector-kit';
import type { ToolsetTool } from '#app/tools';
import type { Tool } from '@modelcontextprotocol/server';
import { presentTool } from './present-tool.js';

/** A tool behind a URL of this door, and on which connection it is called. */
export interface OfferedTool {
  readonly tool: ToolDefinition;
  readonly connector: Connector;
  /** Name of the connection. */
  readonly connection: string;
  /** As clients see it; the same object for every request of this process. */
  readonly shown: Tool;
  /** Why it is not to be called although it is behind this URL; null when it may be. */
  readonly withheld: string | null;
}

/** All tools of a connector, ready to be listed. Made once per connector and process. */
const compiled = new WeakMap<Connector, ReadonlyMap<string, Tool>>();

export function shownTools(connector: Connector): ReadonlyMap<string, Tool> {
  let shown = compiled.get(connector);
  if (shown === undefined) {
    shown = new Map([...connector.tools.values()].map((tool) => [tool.name, presentTool(tool)]));
    compiled.set(connector, shown);
  }
  return shown;
}

/** Every tool of a connector, in the order of its manifest. */
export const offerOf = (connector: Connector, connection: string): OfferedTool[] =>
  [...shownTools(connector)].map(([name, shown]) => ({
    tool: connector.tools.get(name) as ToolDefinition,
    connector,
    connection,
    shown,
    withheld: null,
  }));

/** A tool of a toolset. One whose definition has changed is behind the URL still, so that a call of it says what to do. */
export const offerFrom = ({ tool, connector, connection, state }: ToolsetTool, toolsetId: string): OfferedTool => ({
  tool,
  connector,
  connection,
  shown: shownTools(connector).get(tool.name) as Tool,
  withheld: state === 'changed' ? hasChanged(tool.name, toolsetId) : null,
});

const hasChanged = (name: string, id: string): string =>
  `The definition of ${name} is not the one any more that was accepted for this toolset, so it is not called. Tell the user: whoever ` +
  `keeps the toolset looks at it and accepts it with POST /api/v1/mcp/configs/${id}:accept.`;
