import type { AppError } from '#app/kernel';
import { ConnectOffer } from '#app/tools';
import { Injectable } from '@nestjs/common';
import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { McpExchange } from '../exchange.js';
import { mcpSdk } from '../mcp-sdk.js';
import { explain } from './explain-error.js';
import type { OfferedTool } from './tool-offer.js';

type Request = ServerContext['mcpReq'];

/** The name under which the client answers. */
const CONNECT = 'connect';

/**
 * What a call comes to whose user has no usable account: an offer to connect one. A client that can send its user to a URL is
 * asked to; the model of any other is told the link.
 *
 * An answer of the client is taken as "somebody has seen the link" and for nothing else: the next call is decided by the account
 * that is stored, so that whatever comes back, also from another call or another user, changes nothing.
 */
@Injectable()
export class ConnectMoment {
  constructor(private readonly offers: ConnectOffer) {}

  /** Null when the error is about something else. */
  async answer(
    exchange: McpExchange,
    offered: OfferedTool,
    error: AppError,
    request: Request,
  ): Promise<CallToolResult | InputRequiredResult | null> {
    if (error.code !== 'account_not_found' && error.code !== 'account_not_active') return null;
    const provider = offered.connector.name;
    const url = await this.linkFor(exchange, offered, error);
    if (url === null) return explain(noLink(provider));
    if (request.inputResponses !== undefined) return explain(notFinished(provider, url));
    if (!opensUrls(request)) return explain(openLink(provider, url));
    const message = `To go on, connect your ${provider} account. The page says for whom it is.`;
    const { inputRequired } = mcpSdk();
    return inputRequired({ inputRequests: { [CONNECT]: inputRequired.elicitUrl({ message, url }) } });
  }

  private async linkFor(
    { ctx, caller }: McpExchange,
    { connection }: OfferedTool,
    error: AppError,
  ): Promise<string | null> {
    if (error.code === 'account_not_found') return this.offers.forNewcomer(ctx, connection, caller.identifier);
    const url = error.details['connect_url'];
    return typeof url === 'string' ? url : null;
  }
}

function opensUrls({ envelope }: Request): boolean {
  const declared = (envelope ?? {}) as Readonly<Record<string, { elicitation?: { url?: unknown } } | undefined>>;
  return declared[mcpSdk().CLIENT_CAPABILITIES_META_KEY]?.elicitation?.url !== undefined;
}

const openLink = (provider: string, url: string): string =>
  [
    `The user has not connected an account at ${provider} yet, or has to connect it again.`,
    `Show them this link and ask them to open it themselves: ${url}`,
    'Call the tool again when they say that they have finished.',
  ].join('\n');

const notFinished = (provider: string, url: string): string =>
  `The ${provider} account is not connected yet. When the user has finished, call the tool again. The link is ${url}`;

const noLink = (provider: string): string =>
  [
    `The user has not connected an account at ${provider}.`,
    'It can be connected only in the application that this agent belongs to: ask them to do that there, then call again.',
  ].join('\n');
