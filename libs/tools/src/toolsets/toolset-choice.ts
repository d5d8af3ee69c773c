import { ConnectorRegistry, type Connector } from '#app/connector-kit';
import { AppError } from '#app/kernel';
import type { Connection } from '#app/oauth';
import { digestOf } from './tool-digest.js';
import type { AcceptedTool, ToolsetPart, WantedPart } from './toolset.js';

export const MOST_PARTS = 25;

/** What the choice is made from. */
export interface Choosable {
  readonly connections: readonly Connection[];
  readonly registry: ConnectorRegistry;
  /** What was accepted before: a tool that stays in keeps the definition that it was accepted with. */
  readonly before: readonly ToolsetPart[];
}

/** Turns what is wanted into parts. Throws `invalid_arguments` for what is not there, and for a tool that would be there twice. */
export function chooseParts(wanted: readonly WantedPart[], from: Choosable): ToolsetPart[] {
  const parts = wanted.map((each) => choosePart(each, from));
  const names = parts.flatMap(({ tools }) => tools.map(({ name }) => name));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw invalid(
      `${twice} would be there twice. An agent calls tools by their name, so each can come from one connection only.`,
    );
  return parts;
}

function choosePart(
  { connection: named, tools }: WantedPart,
  { connections, registry, before }: Choosable,
): ToolsetPart {
  const connection = connections.find(({ id, name }) => id === named || name === named);
  const connector = connection === undefined ? null : registry.get(connection.connector);
  if (connection === undefined || connector === null)
    throw invalid(`There is no connection ${shown(named)}. GET /api/v1/connections lists them.`);
  const names = tools.length === 0 ? [...connector.tools.keys()] : tools.map((name) => ownName(connector, name));
  const accepted = before.find(({ connectionId }) => connectionId === connection.id)?.tools ?? [];
  return { connectionId: connection.id, tools: names.map((name) => acceptedTool(connector, name, accepted)) };
}

function acceptedTool(connector: Connector, name: string, before: readonly AcceptedTool[]): AcceptedTool {
  const tool = connector.tools.get(name);
  if (tool === undefined) throw invalid(`${connector.name} has no tool ${shown(name)}. GET /api/v1/tools lists them.`);
  return before.find((each) => each.name === name) ?? { name, digest: digestOf(tool) };
}

/** A tool may be named by an alias; it is kept by its own name. */
const ownName = (connector: Connector, name: string): string =>
  [...connector.tools.values()].find((tool) => tool.aliases.includes(name))?.name ?? name;

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));

const invalid = (text: string): AppError => new AppError('invalid_arguments', text);
