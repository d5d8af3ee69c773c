import { ConnectorRegistry, type Connector, type ToolDefinition } from '#app/connector-kit';
import type { RequestContext } from '#app/kernel';
import { ConnectedAccountsService, ConnectionsService, type AccountForCall } from '#app/oauth';
import { decide, decideForCaller, type Decision } from '#app/policy';
import { Injectable } from '@nestjs/common';
import { accountFacts, callerFacts } from './policy-facts.js';

export interface CatalogueTool {
  readonly connector: Connector;
  readonly tool: ToolDefinition;
}

export interface ScopedTool extends CatalogueTool {
  readonly identifier: string;
  readonly account: AccountForCall;
}

/** A tool that this user could have, and why this caller can't call it now. */
export interface ExcludedTool extends ScopedTool {
  readonly code: 'account_not_active' | Extract<Decision, { effect: 'deny' }>['code'];
  readonly reason: string;
}

export interface ToolFilter {
  readonly providers?: readonly string[] | undefined;
  readonly toolNames?: readonly string[] | undefined;
  readonly connectionNames?: readonly string[] | undefined;
  /** Words that must all occur in the name, the title or the description. */
  readonly query?: string | undefined;
}

/** Which tools there are, and which of them a caller may call as a given user. */
@Injectable()
export class ToolCatalogue {
  constructor(
    private readonly registry: ConnectorRegistry,
    private readonly connections: ConnectionsService,
    private readonly accounts: ConnectedAccountsService,
  ) {}

  /** The tools of every connector that this tenant has a connection for, in a stable order. */
  async list(ctx: RequestContext, filter: ToolFilter): Promise<CatalogueTool[]> {
    const connections = await this.connections.all(ctx);
    const named = filter.connectionNames?.length
      ? connections.filter(({ name }) => filter.connectionNames?.includes(name))
      : connections;
    const connectors = new Set(named.map(({ connector }) => connector));
    return this.registry
      .all()
      .filter(({ id }) => connectors.has(id))
      .flatMap((connector) => toolsOf(connector))
      .filter((entry) => matches(entry, filter));
  }

  /**
   * The tools that this caller may call as this user right now, one entry per account; and those it can't, each with the reason.
   * What is listed as callable is what `ExecuteTool` would let pass: both ask the same policy.
   */
  async scoped(
    ctx: RequestContext,
    identifier: string,
    filter: ToolFilter,
  ): Promise<{ tools: ScopedTool[]; excluded: ExcludedTool[] }> {
    const accounts = await this.accounts.allForIdentifier(ctx, identifier);
    const tools: ScopedTool[] = [];
    const excluded: ExcludedTool[] = [];
    for (const account of accounts) {
      if (filter.connectionNames?.length && !filter.connectionNames.includes(account.connectionName)) continue;
      for (const entry of this.toolsOfAccount(account, filter)) {
        const refusal = refusalOf(ctx, account, entry);
        const scoped = { ...entry, identifier, account };
        if (refusal === null) tools.push(scoped);
        // a tool outside of the caller's permissions or toolset is not shown to it at all
        else if (decideForCaller(callerFacts(ctx, entry.tool)).effect === 'allow')
          excluded.push({ ...scoped, ...refusal });
      }
    }
    return { tools, excluded };
  }

  /** What this user could have and does not: tools of enabled connections to a connector where no account of theirs is ACTIVE. */
  async available(ctx: RequestContext, identifier: string): Promise<CatalogueTool[]> {
    const connections = await this.connections.all(ctx);
    const accounts = await this.accounts.allForIdentifier(ctx, identifier);
    const open = new Set(connections.filter(({ status }) => status === 'enabled').map(({ connector }) => connector));
    for (const { status, connector } of accounts) if (status === 'ACTIVE') open.delete(connector);
    return this.registry
      .all()
      .filter(({ id }) => open.has(id))
      .flatMap((connector) => toolsOf(connector))
      .filter(({ tool }) => decideForCaller(callerFacts(ctx, tool)).effect === 'allow');
  }

  private toolsOfAccount(account: AccountForCall, filter: ToolFilter): CatalogueTool[] {
    const connector = this.registry.get(account.connector);
    return connector === null ? [] : toolsOf(connector).filter((entry) => matches(entry, filter));
  }
}

const toolsOf = (connector: Connector): CatalogueTool[] =>
  [...connector.tools.values()].map((tool) => ({ connector, tool }));

function matches({ connector, tool }: CatalogueTool, { providers, toolNames, query }: ToolFilter): boolean {
  if (providers?.length && !providers.some((provider) => provider.toLowerCase() === connector.id)) return false;
  if (toolNames?.length && ![tool.name, ...tool.aliases].some((name) => toolNames.includes(name))) return false;
  const text = `${tool.name} ${tool.title} ${tool.description}`.toLowerCase();
  return (query ?? '')
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function refusalOf(
  ctx: RequestContext,
  account: AccountForCall,
  entry: CatalogueTool,
): Pick<ExcludedTool, 'code' | 'reason'> | null {
  if (account.status !== 'ACTIVE')
    return { code: 'account_not_active', reason: `The connected account is ${account.status}.` };
  if (account.connectionStatus !== 'enabled') return { code: 'policy_denied', reason: 'The connection is disabled.' };
  const decision = decide({ ...callerFacts(ctx, entry.tool), ...accountFacts(entry.connector, entry.tool, account) });
  return decision.effect === 'allow' ? null : { code: decision.code, reason: decision.reason };
}
