import { GatehouseUser, type UserOptions } from './gatehouse-user.js';
import { Transport, type GatehouseOptions } from './http/transport.js';
import { AuditApi } from './resources/audit.js';
import { ConnectedAccountsApi } from './resources/connected-accounts.js';
import { ToolsApi } from './resources/tools.js';

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
  /** The audit trail. */
  readonly audit: AuditApi;

  constructor(options: GatehouseOptions) {
    const transport = new Transport(options);
    this.tools = new ToolsApi(transport);
    this.connectedAccounts = new ConnectedAccountsApi(transport);
    this.audit = new AuditApi(transport);
  }

  /** The same, bound to one end user. Hand this to an agent's tools: whom they act for is then nothing that a model can say. */
  forUser(identifier: string, options: UserOptions = {}): GatehouseUser {
    return new GatehouseUser(this, identifier, options);
  }
}
