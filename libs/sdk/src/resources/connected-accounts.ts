import { GatehouseError, isGatehouseError } from '../gatehouse-error.js';
import { camelCased } from '../http/camel-case.js';
import { paged, type Paged } from '../http/pages.js';
import type { CallOptions, Transport } from '../http/transport.js';

/** State of a connected account. Only an `ACTIVE` one can be called. */
export type AccountStatus = 'ACTIVE' | 'EXPIRED' | 'PENDING_AUTH' | 'PENDING_VERIFICATION' | 'DISCONNECTED';

/** One user's authorization on one connection. It never holds a token. */
export interface ConnectedAccount {
  readonly id: string;
  /** Your own name for the end user. */
  readonly identifier: string;
  readonly organizationId: string | null;
  /** Id of the connector in upper case, such as `INTERCOM`. */
  readonly provider: string;
  /** Name of the connection. */
  readonly connector: string;
  readonly connectionId: string;
  readonly status: AccountStatus | (string & {});
  readonly statusReason: string | null;
  readonly authorizationType: string;
  readonly scopes: readonly string[];
  /** Who the provider says the user is; null before the first consent. */
  readonly principal: {
    readonly id: string;
    readonly label: string | null;
    readonly workspace: string | null;
  } | null;
  readonly tokenExpiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A page of {@link ConnectedAccountsApi.listConnectedAccounts}. */
export interface ConnectedAccountPage {
  readonly connectedAccounts: readonly ConnectedAccount[];
  readonly nextPageToken: string;
  readonly prevPageToken: string;
  readonly totalSize: number;
}

/** Names one account: by its id, or by connection and user. */
export interface AccountSelector {
  /** Id of the account (`ca_…`); wins over the other members. */
  readonly id?: string | undefined;
  /** Name of the connection. */
  readonly connector?: string | undefined;
  readonly identifier?: string | undefined;
  readonly organizationId?: string | undefined;
}

/** An account that is made by {@link ConnectedAccountsApi.createConnectedAccount}. */
export interface NewAccount {
  /** Name of the connection. */
  readonly connector: string;
  readonly identifier: string;
  readonly organizationId?: string | undefined;
}

/** Options of {@link ConnectedAccountsApi.listConnectedAccounts}; every one that is given must match. */
export interface ListConnectedAccountsOptions extends CallOptions {
  readonly identifier?: string | undefined;
  readonly organizationId?: string | undefined;
  readonly provider?: string;
  readonly connectionNames?: readonly string[];
  readonly status?: AccountStatus;
  /** Text that the identifier must contain. */
  readonly query?: string;
  /** 1 to 99; 30 if left out. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** What a connect link does after consent. */
export interface MagicLinkRequest extends AccountSelector {
  /** Handed back to `userVerifyUrl`. */
  readonly state?: string | undefined;
  /** Where the browser goes after consent, so that your server can confirm who the user is. */
  readonly userVerifyUrl?: string | undefined;
}

/** A link for the end user's browser. It works once. */
export interface MagicLink {
  readonly link: string;
  /** When it stops working. */
  readonly expiry: string;
}

/** Your server's word for who consented. */
export interface VerifyUserRequest {
  /** From the query of `userVerifyUrl`. */
  readonly authRequestId: string;
  /** The user of your own session, never from the URL. */
  readonly identifier: string;
  readonly organizationId?: string | undefined;
}

/** Connected accounts, and the links by which users connect them. */
export class ConnectedAccountsApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The accounts that match, newest first. */
  listConnectedAccounts(options: ListConnectedAccountsOptions = {}): Paged<ConnectedAccountPage, ConnectedAccount> {
    const { signal, timeoutMs, pageToken, pageSize, identifier, organizationId, provider, status } = options;
    const load = async (token: string | undefined): Promise<ConnectedAccountPage> => {
      const query = {
        identifier,
        organization_id: organizationId,
        provider,
        connection_names: options.connectionNames,
        status,
        query: options.query,
        page_size: pageSize,
        page_token: token,
      };
      const request = { method: 'GET', path: BASE, query, signal, timeoutMs } as const;
      return camelCased(await this.#transport.json(request)) as ConnectedAccountPage;
    };
    return paged(load, ({ connectedAccounts }) => connectedAccounts, pageToken);
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
  async verifyConnectedAccountUser(
    request: VerifyUserRequest,
    options: CallOptions = {},
  ): Promise<{ readonly postUserVerifyRedirectUrl: string }> {
    const body = {
      auth_request_id: request.authRequestId,
      identifier: request.identifier,
      organization_id: request.organizationId,
    };
    const answer = await this.#transport.json({ ...options, method: 'POST', path: `${BASE}/user/verify`, body });
    return camelCased(answer) as { postUserVerifyRedirectUrl: string };
  }

  /** Destroys the credential. The account stays, and its user can connect it again. Calls that start after it are refused. */
  disconnectConnectedAccount(id: string, options: CallOptions = {}): Promise<ConnectedAccount> {
    const path = `${BASE}/${encodeURIComponent(id)}:disconnect`;
    return this.#account({ ...options, method: 'POST', path, repeatable: 'always' });
  }

  /** Deletes the account and its credential. Its audit trail stays. */
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
