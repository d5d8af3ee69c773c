import type { EndpointOverrides } from '#app/config';
import type { ConnectionId, JsonObject, Secret, TenantId } from '#app/kernel';

/**
 * Who has to vouch for the users of a connection before their accounts become active.
 * - `optional`: the tenant's server, where the tenant has a verifier or a link names one
 * - `required`: the tenant's server, always
 * - `off`: nobody, even where the tenant has a verifier: the user is asked instead. An explicit choice, on record.
 */
export type UserVerification = 'optional' | 'required' | 'off';

/** A tenant's configured use of a connector. The app's secret is not part of it. */
export interface Connection {
  readonly id: ConnectionId;
  readonly tenantId: TenantId;
  /** Unique within the tenant; what callers name it by. */
  readonly name: string;
  /** Id of the connector: `intercom`. */
  readonly connector: string;
  readonly status: 'enabled' | 'disabled';
  /** Client id of the OAuth app at the provider. */
  readonly oauthClientId: string;
  /** Parameters of the connector that hold for every account of the connection. */
  readonly params: JsonObject;
  /** URLs that replace those of the manifest. */
  readonly endpoints: EndpointOverrides;
  /** Scopes that are asked for. Empty where the provider has none (Intercom). */
  readonly scopes: readonly string[];
  /** Whether the tenant's server has to vouch for the user before an account becomes active. */
  readonly userVerification: UserVerification;
  /** Whether this connection talks to the built-in stand-in of the provider. */
  readonly sandbox: boolean;
  /** To be registered with the OAuth app at the provider. */
  readonly redirectUri: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewConnection {
  readonly name: string;
  readonly connector: string;
  readonly oauthClientId: string;
  readonly clientSecret: Secret;
  readonly params?: JsonObject;
  readonly endpoints?: EndpointOverrides;
  readonly scopes?: readonly string[];
  readonly userVerification?: UserVerification;
}

/**
 * What can be changed later; what is absent stays. A connection keeps its connector. A change of `endpoints`, `params` or
 * `oauthClientId` needs the `clientSecret` along with it.
 */
export interface ConnectionChanges {
  readonly name?: string;
  readonly status?: 'enabled' | 'disabled';
  readonly oauthClientId?: string;
  readonly clientSecret?: Secret;
  readonly params?: JsonObject;
  readonly endpoints?: EndpointOverrides;
  readonly scopes?: readonly string[];
  readonly userVerification?: UserVerification;
}

/** The provider apps that the configuration knows of at boot. */
export interface ConfiguredApps {
  /** The real app, or null. */
  readonly intercom: {
    readonly clientId: string;
    readonly clientSecret: Secret;
    readonly endpoints: EndpointOverrides;
  } | null;
  /** The running sandbox, or null. */
  readonly sandbox: { readonly clientId: string; readonly clientSecret: Secret; readonly url: string } | null;
}
