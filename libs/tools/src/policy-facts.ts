import { evaluateAccess, type Connector, type ToolDefinition } from '#app/connector-kit';
import type { RequestContext } from '#app/kernel';
import type { AccountForCall } from '#app/oauth';
import type { DecisionInput } from '#app/policy';

type CallerFacts = Pick<DecisionInput, 'permissions' | 'tool' | 'toolsets'>;

/** What the policy needs to know of the caller, and of the toolset that came with the call if one did. */
export function callerFacts(ctx: RequestContext, tool: ToolDefinition, callToolset?: readonly string[]): CallerFacts {
  const clientTools = ctx.caller?.allowedTools ?? null;
  return {
    permissions: ctx.caller?.permissions ?? new Set(),
    tool,
    toolsets: [
      ...(clientTools === null ? [] : [{ of: 'client' as const, tools: clientTools }]),
      ...(callToolset === undefined ? [] : [{ of: 'call' as const, tools: new Set(callToolset) }]),
    ],
  };
}

/** What the policy needs to know of the user's account. */
export function accountFacts(
  connector: Connector,
  tool: ToolDefinition,
  account: AccountForCall,
): Pick<DecisionInput, 'grantedScopes' | 'access'> {
  return {
    grantedScopes: account.grantedScopes === null ? null : new Set(account.grantedScopes),
    access: evaluateAccess(connector, tool, account.principal?.facts ?? {}),
  };
}
