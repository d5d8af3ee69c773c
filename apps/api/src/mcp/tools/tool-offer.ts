import type { Connector, ToolDefinition } from '#app/connector-kit';
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
