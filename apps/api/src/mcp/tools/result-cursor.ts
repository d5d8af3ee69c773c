import type { ToolDefinition } from '#app/connector-kit';
import type { JsonObject } from '#app/kernel';

/** How many entries of a provider's page were shown already, and the provider's own cursor of that page. */
export interface PagePart {
  readonly shown: number;
  /** Undefined for the first page. */
  readonly cursor: string | undefined;
}

const PREFIX = 'part.';
const FORM = /^part\.(\d{1,5})\.(.*)$/s;

/**
 * The cursor for what is left of a page that was too large to be shown as a whole. It says all that is to be known, so any node
 * can go on with it and nothing is kept; it carries no right, so it needs no seal.
 */
export const partCursor = ({ shown, cursor }: PagePart): string => `${PREFIX}${shown}.${cursor ?? ''}`;

/** Name of the list in the result of a tool that can be asked for further pages; null for other tools. */
export function pagedList({ plan, inputSchema }: ToolDefinition): string | null {
  const properties = inputSchema['properties'] as JsonObject | undefined;
  return plan.output.kind === 'list' && properties?.['cursor'] !== undefined ? plan.output.name : null;
}

/** Takes a cursor of ours out of the arguments, so that the provider is asked with its own. */
export function readPart(args: JsonObject): { readonly part: PagePart; readonly args: JsonObject } {
  const given = args['cursor'];
  const found = typeof given === 'string' ? FORM.exec(given) : null;
  if (found === null) return { part: { shown: 0, cursor: typeof given === 'string' ? given : undefined }, args };
  const { cursor: _ours, ...others } = args;
  const cursor = found[2] === '' ? undefined : found[2];
  return {
    part: { shown: Number(found[1]), cursor },
    args: cursor === undefined ? others : { ...others, cursor },
  };
}
