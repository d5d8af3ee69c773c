import { camelCased } from '../http/camel-case.js';
import { listed, type PageOptions, type Paged } from '../http/pages.js';
import type { CallOptions, Transport } from '../http/transport.js';

/** URLs of a provider that a connection replaces; null where the connector's own one is used. */
export interface ConnectionEndpoints {
  /** Where users consent. */
  readonly authorizeUrl: string | null;
  /** Where codes and refresh tokens are exchanged. */
  readonly tokenUrl: string | null;
  /** Base URL of the provider's API. */
  readonly apiUrl: string | null;
  /** Where tokens are given up. */
  readonly revokeUrl: string | null;
}

/** Your configured use of a connector: an OAuth app and its switches. Its secret is never part of it. */
export interface Connection {
  /** Such as `conn_01J…`. */
  readonly id: string;
  /** What calls and links name it by. */
  readonly name: string;
  /** Id of the connector, such as `intercom`. */
  readonly connector: string;
  /** A disabled one refuses every call. */
  readonly status: 'enabled' | 'disabled' | (string & {});
  /** Client id of the OAuth app at the provider. */
  readonly oauthClientId: string;
  /** To be registered with the OAuth app at the provider. */
  readonly redirectUri: string;
  /** Parameters of the connector, in the spelling of the wire. */
  readonly params: Readonly<Record<string, unknown>>;
  /** URLs that replace the connector's own. */
  readonly endpoints: ConnectionEndpoints;
  /** Who vouches for the users after consent: your server always, where it is set up to, or nobody. */
  readonly userVerification: 'optional' | 'required' | 'off' | (string & {});
  /** Whether it talks to the built-in stand-in of the provider. */
  readonly sandbox: boolean;
  /** When it was made. */
  readonly createdAt: string;
  /** When it last changed. */
  readonly updatedAt: string;
}

/** A page of {@link ConnectionsApi.listConnections}. */
export interface ConnectionPage {
  /** The connections of this page. */
  readonly connections: readonly Connection[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** Connections that match, on all pages. */
  readonly totalSize: number;
}

/** Options of {@link ConnectionsApi.listConnections}; every one that is given must match. */
export interface ListConnectionsOptions extends PageOptions {
  /** Id of the connector, in any case. */
  readonly provider?: string;
  /** Text that the name must contain, in any case. */
  readonly query?: string;
}

/** The connections that users can connect to. They are made by an operator, not from here. */
export class ConnectionsApi {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The connections that match. A page has 1 to 100; 30 if `pageSize` is left out. */
  listConnections(options: ListConnectionsOptions = {}): Paged<ConnectionPage, Connection> {
    const query = { provider: options.provider, query: options.query };
    return listed(this.#transport, BASE, query, options, ({ connections }: ConnectionPage) => connections);
  }

  /** One connection. Throws `not_found`. */
  async getConnection(id: string, options: CallOptions = {}): Promise<Connection> {
    const path = `${BASE}/${encodeURIComponent(id)}`;
    const answer = camelCased(await this.#transport.json({ ...options, method: 'GET', path }));
    return (answer as { connection: Connection }).connection;
  }
}

const BASE = '/api/v1/connections';
