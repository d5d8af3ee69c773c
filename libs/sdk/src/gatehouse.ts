import { GatehouseUser, type UserOptions } from './gatehouse-user.js';
import { Transport, type GatehouseOptions } from './http/transport.js';
import { AuditApi } from './resources/audit.js';
import { ConnectedAccountsApi } from './resources/connected-accounts.js';
import { ConnectionsApi } from './resources/connections.js';
import { RevocationsApi } from './resources/revocations.js';
import { ToolsApi } from './resources/tools.js';
import { WebhooksApi } from './resources/webhooks.js';

/**
 * A client of one Gatehouse, as one API client. Make one and share it: it holds the access token for all of its calls.
 *
 * @example
 * ```ts
 * const gatehouse = new Gatehouse({ url, clientId, clientSecret });
 * const user = gatehouse.forUser('user_123');
 * const { data } = await user.executeTool({ toolName: 'intercom_conversations_list', params: { state: 'open' } });
 * ```
 */
export class Gatehouse {
  /** Tools: which there are, which a user may call, and calling them. */
  readonly tools: ToolsApi;
  /** Connected accounts, and the links by which users connect them. */
  readonly connectedAccounts: ConnectedAccountsApi;
  /** The connections that users can connect to. */
  readonly connections: ConnectionsApi;
  /** What is being revoked at the providers. */
  readonly revocations: RevocationsApi;
  /** The audit trail. */
  readonly audit: AuditApi;
  /** Your own servers that are told of events. */
  readonly webhooks: WebhooksApi;

  constructor(options: GatehouseOptions) {
    const transport = new Transport(options);
    this.tools = new ToolsApi(transport);
    this.connectedAccounts = new ConnectedAccountsApi(transport);
    this.connections = new ConnectionsApi(transport);
    this.revocations = new RevocationsApi(transport);
    this.audit = new AuditApi(transport);
    this.webhooks = new WebhooksApi(transport);
  }

  /** The same, bound to one end user. Hand this to an agent's tools: whom they act for is then nothing that a model can say. */
  forUser(identifier: string, options: UserOptions = {}): GatehouseUser {
    return new GatehouseUser(this, identifier, options);
  }
}
