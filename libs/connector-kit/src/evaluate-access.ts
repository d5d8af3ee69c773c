import type { Json, JsonObject } from '#app/kernel';
import type { AccessRule, Connector, ToolDefinition } from './connector.js';

export type AccessDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** Id of the rule, for the audit trail. */
      readonly rule: string;
      /** Why, for the caller. */
      readonly reason: string;
    };

/**
 * The connector's own rules, on what is known of the user: every rule for this tool must hold. A fact that is missing, or has
 * another type than the rule expects, fails it: not knowing gives the narrower answer.
 */
export function evaluateAccess(
  connector: Pick<Connector, 'access'>,
  tool: Pick<ToolDefinition, 'name' | 'annotations'>,
  facts: JsonObject,
): AccessDecision {
  const broken = connector.access.find((rule) => appliesTo(rule, tool) && !holds(rule, facts));
  return broken === undefined ? { allowed: true } : { allowed: false, rule: broken.id, reason: broken.reason };
}

function appliesTo({ applies }: AccessRule, tool: Pick<ToolDefinition, 'name' | 'annotations'>): boolean {
  if (applies === 'all') return true;
  return applies === 'writes' ? !tool.annotations.readOnly : applies.includes(tool.name);
}

function holds({ require }: AccessRule, facts: JsonObject): boolean {
  return Object.entries(require).every(([name, expected]) => {
    const fact = Object.hasOwn(facts, name) ? (facts[name] ?? null) : null;
    if (fact === null) return false;
    const accepted: readonly Json[] = Array.isArray(expected) ? expected : [expected];
    return accepted.includes(fact);
  });
}
