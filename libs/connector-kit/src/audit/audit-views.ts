import type { Json, JsonObject } from '#app/kernel';
import type { ToolDefinition } from '../connector.js';
import { cleanJson } from '../json/clean-json.js';
import { isJsonObject, objectOf } from '../json/json-values.js';
import { openOutlet } from '../text/text-outlet.js';

const MAX_TEXT = 500;
const MAX_NESTED = 4000;
const MAX_DEPTH = 5;

const NOTHING = { args: {}, account: { principal: null }, params: {}, vars: {}, steps: {}, now: 0 };

/**
 * The arguments as the audit trail keeps them, also those of a call that was refused: known ones only, what the manifest redacts
 * as its length, and no long text.
 */
export function redactArguments(tool: Pick<ToolDefinition, 'arguments' | 'audit'>, args: JsonObject): JsonObject {
  const known = Object.entries(args).filter(([name]) => Object.hasOwn(tool.arguments.properties, name));
  return objectOf(
    known.map(([name, value]) => [name, tool.audit.redacted.has(name) ? redacted(value) : kept(value)] as const),
  );
}

function redacted(value: Json): JsonObject {
  return typeof value === 'string' ? { redacted: true, length: value.length } : { redacted: true };
}

function kept(value: Json): Json {
  if (typeof value !== 'object' || value === null) return cleanJson(value, MAX_TEXT, openOutlet());
  const short = isShallow(value) && JSON.stringify(value).length <= MAX_NESTED;
  return short ? cleanJson(value, MAX_TEXT, openOutlet()) : redacted(value);
}

/** Arguments of a refused call may be nested so deeply that writing them out exhausts the stack. */
function isShallow(value: Json, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_DEPTH && Object.values(value).every((inner) => isShallow(inner, depth + 1));
}

/** What the audit trail keeps of a result, which is redacted already: ids and counts, by rule of the manifest. */
export function summarizeResult(tool: Pick<ToolDefinition, 'audit'>, data: JsonObject): JsonObject {
  const summary = tool.audit.projectResult(data, { ...NOTHING, outlet: openOutlet() });
  return isJsonObject(summary) ? summary : {};
}
