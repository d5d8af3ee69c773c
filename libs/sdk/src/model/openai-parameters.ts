import type { ModelTool } from './model-tool.js';
import { strictSchema } from './strict-schema.js';

/** OpenAI's strict mode: `auto` for the tools whose schema can be said by its rules, `true` to insist on it. */
export type StrictOption = boolean | 'auto';

/** The schema of a tool as OpenAI takes it. Throws for a tool that can't be strict, if that was insisted on. */
export function openaiParameters(
  tool: ModelTool,
  strict: StrictOption = false,
): { parameters: Record<string, unknown>; strict: boolean } {
  const schema = strict === false ? null : strictSchema(tool.schema);
  if (schema !== null) return { parameters: { ...schema }, strict: true };
  if (strict !== true) return { parameters: { ...tool.schema }, strict: false };
  throw new TypeError(`${tool.name} takes an object of free members, which strict mode can't say. Use strict: 'auto'.`);
}
