import {
  allowedHosts,
  ConnectorRegistry,
  resolveAuthUrls,
  resolveBaseUrl,
  resolveIssuer,
  type Connector,
} from '#app/connector-kit';
import type { EndpointOverrides } from '#app/config';
import { TenantDatabase } from '#app/database';
import type { ConnectionId, JsonObject, RequestContext, Secret, TenantId } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { ProviderTarget } from '../credentials/authorised-http.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { ConnectionEntity } from '../entities/connection.entity.js';
import { OAuthSettings } from '../oauth-settings.js';

/** A connection together with its connector: an OAuth app at a provider, ready to send users to. */
export interface ProviderApp {
  readonly connection: ConnectionEntity;
  readonly connector: Connector;
  readonly authorizeUrl: URL;
  readonly tokenUrl: URL;
  /** What the authorization server calls itself; null where nobody has said. */
  readonly issuer: string | null;
  readonly redirectUri: string;
  /** Scopes to ask for: those of the connection, else the connector's own. */
  readonly scopes: readonly string[];
  readonly allowedHosts: readonly string[];
}

/** Finds the OAuth apps of connections. */
@Injectable()
export class ProviderApps {
  constructor(
    private readonly database: TenantDatabase,
    private readonly registry: ConnectorRegistry,
    private readonly secrets: ConnectionSecrets,
    private readonly settings: OAuthSettings,
  ) {}

  /** Null when the connection does not exist, or its connector is not installed (any more). */
  async find(tenantId: TenantId, id: ConnectionId): Promise<ProviderApp | null> {
    const connection = await this.database.withTenant(tenantId, (em) =>
      em.findOneBy(ConnectionEntity, { tenantId, id }),
    );
    const connector = connection === null ? null : this.registry.get(connection.connector);
    if (connection === null || connector === null) return null;
    const { authorizeUrl, tokenUrl } = resolveAuthUrls(connector, connection.params, connection.endpoints);
    return {
      connection,
      connector,
      authorizeUrl,
      tokenUrl,
      issuer: resolveIssuer(connector, connection.params),
      redirectUri: this.settings.redirectUri(id),
      scopes: connection.scopes.length > 0 ? connection.scopes : connector.auth.defaultScopes,
      allowedHosts: allowedHosts(connector, connection.endpoints),
    };
  }

  clientSecret(ctx: RequestContext, { connection }: ProviderApp): Promise<Secret> {
    return this.secrets.open(ctx, connection);
  }
}

/** The API of the provider, for an account with these parameters. */
export const providerTarget = (
  connector: Connector,
  params: JsonObject,
  endpoints: EndpointOverrides,
  { maxResponseBytes }: OAuthSettings,
): ProviderTarget => ({
  baseUrl: resolveBaseUrl(connector, params, endpoints),
  allowedHosts: allowedHosts(connector, endpoints),
  inject: connector.auth.inject,
  maxResponseBytes: Math.min(maxResponseBytes, connector.http.maxResponseBytes),
});
