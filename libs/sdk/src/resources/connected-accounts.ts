import { GatehouseError, isGatehouseError } from '../gatehouse-error.js';
import { camelCased } from '../http/camel-case.js';
import { listed, type Paged } from '../http/pages.js';
import type { CallOptions, Transport } from '../http/transport.js';
import type {
  AccountSelector,
  ConnectedAccount,
  ConnectedAccountPage,
  DisconnectOptions,
  ListConnectedAccountsOptions,
  MagicLink,
  MagicLinkRequest,
  NewAccount,
  VerifiedUser,
  VerifyUserRequest,
} from './account-types.js';

/** Connected accounts, and the links by which users connect them. */
export class ConnectedAccountsApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The accounts that match, newest first. A page has 1 to 99; 30 if `pageSize` is left out. */
  listConnectedAccounts(options: ListConnectedAccountsOptions = {}): Paged<ConnectedAccountPage, ConnectedAccount> {
    const { identifier, organizationId, provider, connectionNames, status, query: text } = options;
    const query = {
      identifier,
      organization_id: organizationId,
      provider,
      connection_names: connectionNames,
      status,
      query: text,
    };
    const itemsOf = ({ connectedAccounts }: ConnectedAccountPage): readonly ConnectedAccount[] => connectedAccounts;
    return listed(this.#transport, BASE, query, options, itemsOf);
  }

  /** The account that a selector names. Throws `account_not_found`. */
  getConnectedAccount(selector: AccountSelector, options: CallOptions = {}): Promise<ConnectedAccount> {
    const query = { ...wireSelector(selector) };
    return this.#account({ ...options, method: 'GET', path: `${BASE}/details`, query });
  }

  /** Makes an account that waits for its user's consent; one that exists already is returned as it is. */
  createConnectedAccount(account: NewAccount, options: CallOptions = {}): Promise<ConnectedAccount> {
    // sending it twice is harmless: the second answer is the account that the first one made
    const body = wireSelector(account);
    return this.#account({ ...options, method: 'POST', path: BASE, body, repeatable: 'always' });
  }

  /** The account of a user on a connection; made if there is none. */
  async getOrCreateConnectedAccount(account: NewAccount, options: CallOptions = {}): Promise<ConnectedAccount> {
    try {
      return await this.getConnectedAccount(account, options);
    } catch (error) {
      if (isGatehouseError(error) && error.code === 'account_not_found')
        return this.createConnectedAccount(account, options);
      throw error;
    }
  }

  /** The link by which a user connects, or connects again; makes the account if there is none. */
  async getMagicLinkForConnectedAccount(request: MagicLinkRequest, options: CallOptions = {}): Promise<MagicLink> {
    const body = { ...wireSelector(request), state: request.state, user_verify_url: request.userVerifyUrl };
    // a link that nobody got to see expires by itself
    const sent = { ...options, method: 'POST', path: `${BASE}/magic_link`, body, repeatable: 'always' } as const;
    return (await this.#transport.json(sent)) as MagicLink;
  }

  /** Confirms who consented; only then does an account that waits for it become `ACTIVE`. */
  async verifyConnectedAccountUser(request: VerifyUserRequest, options: CallOptions = {}): Promise<VerifiedUser> {
    const body = {
      auth_request_id: request.authRequestId,
      identifier: request.identifier,
      organization_id: request.organizationId,
    };
    const answer = await this.#transport.json({ ...options, method: 'POST', path: `${BASE}/user/verify`, body });
    return camelCased(answer) as VerifiedUser;
  }

  /**
   * Destroys the credential, and gives its tokens up at the provider. The account stays, and its user can connect it again. Calls
   * that start after it are refused; how far the provider has come is `upstreamRevocation`.
   */
  disconnectConnectedAccount(
    id: string,
    { uninstall, ...options }: CallOptions & DisconnectOptions = {},
  ): Promise<ConnectedAccount> {
    const path = `${BASE}/${encodeURIComponent(id)}:disconnect`;
    return this.#account({ ...options, method: 'POST', path, body: { uninstall }, repeatable: 'always' });
  }

  /** Gets a new credential from the provider now, whether it is due or not. Throws `account_not_active`, `provider_error`. */
  refreshConnectedAccount(id: string, options: CallOptions = {}): Promise<ConnectedAccount> {
    return this.#account({ ...options, method: 'POST', path: `${BASE}/${encodeURIComponent(id)}:refresh` });
  }

  /** Deletes the account, and its credential here and at the provider. Its audit trail stays. */
  async deleteConnectedAccount(selector: AccountSelector, options: CallOptions = {}): Promise<void> {
    await this.#transport.json({ ...options, method: 'POST', path: `${BASE}:delete`, body: wireSelector(selector) });
  }

  async #account(request: Parameters<Transport['json']>[0]): Promise<ConnectedAccount> {
    const answer = camelCased(await this.#transport.json(request)) as { connectedAccount?: ConnectedAccount };
    if (answer.connectedAccount !== undefined) return answer.connectedAccount;
    throw new GatehouseError('invalid_response', 'The answer holds no connected account.');
  }
}

const BASE = '/api/v1/connected_accounts';

const wireSelector = ({ id, connector, identifier, organizationId }: AccountSelector) => ({
  id,
  connector,
  identifier,
  organization_id: organizationId,
});
