import type { ErrorCode, Permission } from '#app/kernel';

/** What is known of a call before anything is decrypted or sent. */
export interface DecisionInput {
  readonly permissions: ReadonlySet<Permission>;
  readonly tool: {
    readonly name: string;
    readonly scopes: readonly string[];
    /** What a caller needs for it; `tools:execute` unless it says otherwise. */
    readonly permission?: Permission;
  };
  /** The allow-lists that apply; a call passes only if every one of them holds the tool. */
  readonly toolsets: readonly { readonly of: 'client' | 'call'; readonly tools: ReadonlySet<string> }[];
  /** Scopes the user granted; null where the provider does not tell (Intercom), so that nothing can be concluded. */
  readonly grantedScopes: ReadonlySet<string> | null;
  /** What the connector's own rules say of this user and tool. */
  readonly access:
    { readonly allowed: true } | { readonly allowed: false; readonly rule: string; readonly reason: string };
}

export type Decision =
  | { readonly effect: 'allow' }
  | {
      readonly effect: 'deny';
      readonly code: Extract<ErrorCode, 'permission_denied' | 'policy_denied' | 'missing_scope'>;
      /** Which rule decided: stable, for the audit trail and for dashboards. */
      readonly rule: string;
      /** Why, for the caller. */
      readonly reason: string;
      readonly missingScopes?: readonly string[];
    };

const ALLOW: Decision = { effect: 'allow' };

/**
 * May this call be made? Every rule must allow it (an intersection, never a union); the first that does not gives the reason.
 * Pure: same input, same answer, no clock and no I/O.
 */
export function decide(input: DecisionInput): Decision {
  return mayExecute(input) ?? insideToolsets(input) ?? scopesGranted(input) ?? accessAllowed(input) ?? ALLOW;
}

/** The part of {@link decide} that needs no account: asked first, so that a refused client learns nothing of accounts. */
export function decideForCaller(input: Pick<DecisionInput, 'permissions' | 'tool' | 'toolsets'>): Decision {
  return mayExecute(input) ?? insideToolsets(input) ?? ALLOW;
}

type Refusal = Decision | null;

function mayExecute({ permissions, tool }: Pick<DecisionInput, 'permissions' | 'tool'>): Refusal {
  const { permission = 'tools:execute' } = tool;
  if (permissions.has(permission)) return null;
  const what = permission === 'tools:execute' ? 'execute tools' : `do this`;
  return {
    effect: 'deny',
    code: 'permission_denied',
    rule: 'client.permission',
    reason: `This API client may not ${what}. Give it the permission ${permission}, or use another client.`,
  };
}

function insideToolsets({ toolsets, tool }: Pick<DecisionInput, 'toolsets' | 'tool'>): Refusal {
  const outside = toolsets.find((toolset) => !toolset.tools.has(tool.name));
  if (outside === undefined) return null;
  const whose = outside.of === 'client' ? 'of this API client' : 'given with this call';
  return {
    effect: 'deny',
    code: 'policy_denied',
    rule: `toolset.${outside.of}`,
    reason: `The toolset ${whose} does not include ${tool.name}. Nothing was sent to the provider.`,
  };
}

function scopesGranted({ grantedScopes, tool }: DecisionInput): Refusal {
  if (grantedScopes === null) return null;
  const missing = tool.scopes.filter((scope) => !grantedScopes.has(scope));
  if (missing.length === 0) return null;
  return {
    effect: 'deny',
    code: 'missing_scope',
    rule: 'account.scopes',
    reason: `The user has not granted ${missing.join(', ')}, which ${tool.name} needs. Ask them to connect again.`,
    missingScopes: missing,
  };
}

function accessAllowed({ access }: DecisionInput): Refusal {
  if (access.allowed) return null;
  return { effect: 'deny', code: 'policy_denied', rule: `access.${access.rule}`, reason: access.reason };
}
