import type { AgentProgram } from '#app/identity';
import type { RequestContext } from '#app/kernel';
import type { AuthInfo } from '@modelcontextprotocol/server';
import type { McpCaller } from './caller.js';
import type { OfferedTool } from './tools/tool-offer.js';

/** One request of this door, once it is known who makes it and what it may see. */
export interface McpExchange {
  readonly ctx: RequestContext;
  readonly caller: McpCaller;
  /** Which program makes it, by its own word; null when it did not say. */
  readonly program: AgentProgram | null;
  /** Every tool behind the URL, by all names that it goes by. */
  readonly offered: ReadonlyMap<string, OfferedTool>;
  /** Those that the URL and the headers of the request leave, in order. */
  readonly allowed: readonly OfferedTool[];
  /** Whether that is less than all of them. */
  readonly tightened: boolean;
  /** Whether results come as `structuredContent` too. */
  readonly structured: boolean;
  /** Set when the tool that is called needs a scope that the user was asked for and did not give: what to tell the model. */
  readonly lacksScope: string | null;
}

/** How an exchange gets through the SDK to its handlers: as what the SDK passes on untouched. Holds no token. */
export function toAuthInfo(exchange: McpExchange): AuthInfo {
  const { tokenId, agent, client, scopes } = exchange.caller;
  return { token: tokenId, clientId: agent ?? client.clientId, scopes: [...scopes], extra: { exchange } };
}

export function exchangeOf(authInfo: AuthInfo | undefined): McpExchange {
  const exchange = authInfo?.extra?.['exchange'];
  if (exchange === undefined) throw new Error('A request reached the MCP server without its guard');
  return exchange as McpExchange;
}
