import { TenantAdministration } from '#app/identity';
import { Injectable } from '@nestjs/common';
import type { Client, Interaction, Provider } from 'oidc-provider';
import { MCP_SCOPES, type McpResource, type McpScope } from '../../caller.js';
import { McpResources } from '../mcp-resources.js';
import { endUserOf, type EndUser } from './end-user.js';
import type { AskingAgent } from './interaction-pages.js';

/** What an authorization that is under way is about. */
export interface InteractionState {
  readonly interaction: Interaction;
  readonly client: Client;
  readonly agent: AskingAgent;
  readonly resource: McpResource;
  readonly tenantName: string;
  readonly scopes: readonly McpScope[];
  /** Who is signed in; null while nobody is. */
  readonly user: EndUser | null;
}

/** Puts together what the pages of an authorization show, from what the OAuth library keeps of it. */
@Injectable()
export class InteractionStates {
  constructor(
    private readonly resources: McpResources,
    private readonly tenants: TenantAdministration,
  ) {}

  /** Null when the application or the resource is gone by now. */
  async of(provider: Provider, interaction: Interaction): Promise<InteractionState | null> {
    const { client_id: clientId, resource: url, redirect_uri: redirectUri, scope } = interaction.params;
    const resource = await this.resources.of(String(url));
    const client = await provider.Client.find(String(clientId));
    if (resource === null || client === undefined) return null;
    const wanted = String(scope).split(' ');
    return {
      interaction,
      client,
      agent: agentOf(client, String(redirectUri)),
      resource,
      tenantName: (await this.tenants.get(resource.tenantId)).name,
      scopes: MCP_SCOPES.filter((each) => wanted.includes(each) && !(resource.readOnly && each === 'mcp:write')),
      user: endUserOf(interaction.session?.accountId ?? ''),
    };
  }
}

/** Only who is named by the URL of a document is vouched for: by the host that serves it. */
function agentOf(client: Client, redirectUri: string): AskingAgent {
  const { clientId, clientName } = client;
  const verifiedHost = clientId.startsWith('https://') ? new URL(clientId).host : null;
  const name = readable(clientName ?? '') || readable(verifiedHost ?? '') || 'An application';
  return { name, verifiedHost, redirectUri };
}

const ROOM_FOR_A_NAME = /^.{1,60}/u;

/**
 * A name is somebody's choice: what nobody sees and walls of text do not belong on the page, nor does half a character. Empty when
 * nothing in it can be read, as a sentence without its subject would hide that somebody asks.
 */
function readable(name: string): string {
  const seen = name.replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '').trim();
  return /[\p{L}\p{N}]/u.test(seen) ? (ROOM_FOR_A_NAME.exec(seen)?.[0] ?? '') : '';
}
