import type { BoundUser } from '../gatehouse-user.js';
import type { ScopedTool, Tool } from '../resources/tool-types.js';
import { ModelTool, type ToolSource } from './model-tool.js';
import { portableNames } from './names.js';
import type { AdapterOptions } from './options.js';

const MAX_TOOLS = 64;
const PAGE_SIZE = 1000;

/** The user's tools as every adapter shows them to its framework. The one place where tools are chosen and named. */
export async function modelTools(user: BoundUser, options: AdapterOptions): Promise<ModelTool[]> {
  const sources = [...(await scoped(user, options)), ...(await unconnected(user, options))].filter(
    ({ tool }) => options.readOnly !== true || tool.definition.annotations.read_only_hint,
  );
  assertFew(sources.length, options.maxTools ?? MAX_TOOLS);
  const names = portableNames(sources.map(({ tool }) => tool.definition.name));
  return sources.map((source, index) => new ModelTool(names[index] as string, source, user, options));
}

async function scoped(user: BoundUser, { filter = {}, signal }: AdapterOptions): Promise<ToolSource[]> {
  const tools: ScopedTool[] = [];
  const request = { filter, pageSize: PAGE_SIZE, ...(signal === undefined ? {} : { signal }) };
  for await (const each of user.listScopedTools(request)) tools.push(each);
  const labels = hasTwice(tools) ? await accountLabels(user) : new Map<string, string>();
  return tools.map(({ tool, connectedAccountId }) => {
    const account = labels.get(connectedAccountId);
    return { tool, connectedAccountId, ...(account === undefined ? {} : { account }) };
  });
}

/** A user with two accounts of one connector has each tool twice. */
const hasTwice = (tools: readonly ScopedTool[]): boolean =>
  new Set(tools.map(({ tool }) => tool.definition.name)).size < tools.length;

async function accountLabels(user: BoundUser): Promise<Map<string, string>> {
  const labels = new Map<string, string>();
  for await (const { id, connector, principal } of user.listConnectedAccounts())
    labels.set(id, principal?.label ? `${connector} (${principal.label})` : connector);
  return labels;
}

async function unconnected(
  user: BoundUser,
  { filter = {}, unconnected: mode, signal }: AdapterOptions,
): Promise<ToolSource[]> {
  if (mode === 'hide') return [];
  const tools: ToolSource[] = [];
  const request = { pageSize: PAGE_SIZE, ...(signal === undefined ? {} : { signal }) };
  for await (const tool of user.listAvailableTools(request)) if (fits(tool, filter)) tools.push({ tool });
  return tools;
}

function fits(tool: Tool, { providers, toolNames }: NonNullable<AdapterOptions['filter']>): boolean {
  if (toolNames?.length && !toolNames.includes(tool.definition.name)) return false;
  return !providers?.length || providers.some((each) => each.toUpperCase() === tool.provider);
}

function assertFew(count: number, max: number): void {
  if (count <= max) return;
  throw new RangeError(
    `${count} tools are too many for a model to choose among. Narrow them with filter.toolNames, or raise maxTools (${max}).`,
  );
}
