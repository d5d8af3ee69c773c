import type { McpResource } from '../caller.js';
import { toolSetOf, toolSetsOf } from './tool-set.js';
import type { OfferedTool } from './tool-offer.js';

/** What the URL and the headers of a request leave of the tools. Nothing in it can add one. */
export interface Tightening {
  readonly readOnly: boolean;
  /** Null for all of them; each list of names must hold a tool for it to be left. */
  readonly toolSets: readonly string[] | null;
  readonly names: readonly string[] | null;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const READ_ONLY = 'x-mcp-readonly';
const TOOLS = 'x-mcp-tools';
const TOOL_SETS = 'x-mcp-toolsets';

/**
 * Reads what tightens: `…/readonly`, `…/x/{tool-set}`, and the headers that other servers know by these names. A header that
 * can't be read counts as its strictest value, so that a slip of the pen opens nothing.
 */
export function tighteningOf({ readOnly, toolSet }: McpResource, headers: Headers): Tightening {
  const asked = listOf(headers[TOOL_SETS]);
  const inUrl = toolSet === null ? null : listOf(toolSet);
  return {
    readOnly: readOnly || (headers[READ_ONLY] !== undefined && headers[READ_ONLY] !== 'false'),
    toolSets: asked === null || inUrl === null ? (asked ?? inUrl) : asked.filter((each) => inUrl.includes(each)),
    names: listOf(headers[TOOLS]),
  };
}

/** What is left of the tools, in their order. */
export function tighten(tools: readonly OfferedTool[], { readOnly, toolSets, names }: Tightening): OfferedTool[] {
  return tools.filter(
    (each) =>
      (!readOnly || each.tool.annotations.readOnly) &&
      (toolSets === null || toolSets.includes(toolSetOf(each))) &&
      (names === null || names.includes(each.tool.name)),
  );
}

/** The set that a URL names and that there is not; null when there are all. */
export function unknownToolSet(tools: readonly OfferedTool[], { toolSet }: McpResource): string | null {
  if (toolSet === null) return null;
  const known = toolSetsOf(tools);
  return listOf(toolSet)?.find((each) => !known.includes(each)) ?? null;
}

function listOf(value: string | string[] | undefined): string[] | null {
  if (value === undefined) return null;
  return [value]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}
