import { evaluateAccess, type CallableTool, type Connector } from '#app/connector-kit';
import type { RequestContext } from '#app/kernel';
import type { AccountForCall } from '#app/oauth';
import type { DecisionInput } from '#app/policy';

type CallerFacts = Pick<DecisionInput, 'permissions' | 'tool' | 'toolsets'>;

/** What the policy needs to know of the caller, and of the toolset that came with the call if one did. */
export function callerFacts(ctx: RequestContext, tool: CallableTool, callToolset?: readonly string[]): CallerFacts {
  const clientTools = ctx.caller?.allowedTools ?? null;
  return {
    permissions: ctx.caller?.permissions ?? new Set(),
    tool,
    toolsets: [
      ...(clientTools === null ? [] : [{ of: 'client' as const, tools: byOwnName(tool, clientTools) }]),
      ...(callToolset === undefined ? [] : [{ of: 'call' as const, tools: byOwnName(tool, new Set(callToolset)) }]),
    ],
  };
}

/** A list that names the tool by one of its other names holds it too. */
function byOwnName({ name, aliases }: CallableTool, tools: ReadonlySet<string>): ReadonlySet<string> {
  return !tools.has(name) && aliases.some((alias) => tools.has(alias)) ? new Set([...tools, name]) : tools;
}

/** What the policy needs to know of the user's account. */
export function accountFacts(
  connector: Connector,
  tool: CallableTool,
  account: AccountForCall,
): Pick<DecisionInput, 'grantedScopes' | 'access'> {
  return {
    grantedScopes: account.grantedScopes === null ? null : new Set(account.grantedScopes),
    access: evaluateAccess(connector, tool, account.principal?.facts ?? {}),
  };
}
