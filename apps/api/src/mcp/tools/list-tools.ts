import type { Tool } from '@modelcontextprotocol/server';
import type { McpExchange } from '../exchange.js';
import type { OfferedTool } from './tool-offer.js';

/**
 * The tools that this caller could call, in a stable order: by what the API client may do, and by what the user has allowed or
 * could still allow. An agent that signs its users in can ask for more, one that was handed a token can't.
 */
export const listTools = ({ caller, allowed }: McpExchange): Tool[] =>
  allowed.filter((each) => each.withheld === null && couldCall(caller, each)).map(({ shown }) => shown);

function couldCall({ client, scopes, agent }: McpExchange['caller'], { tool }: OfferedTool): boolean {
  if (!client.permissions.has('tools:execute')) return false;
  if (client.allowedTools !== null && !client.allowedTools.has(tool.name)) return false;
  return agent !== null || tool.annotations.readOnly || scopes.has('mcp:write');
}
