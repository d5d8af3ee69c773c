import { ConnectorRegistry, resolveAuthUrls, resolveBaseUrl, type Connector } from '#app/connector-kit';
import type { EndpointOverrides } from '#app/config';
import { TenantDatabase } from '#app/database';
import { AppError, newId, type RequestContext, type Secret, type TenantId } from '#app/kernel';
import { LOGGER, type Logger } from '#app/observability';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { disconnect, forgetPrincipal, lockAccount } from '../accounts/account-store.js';
import { ConnectedAccountEntity } from '../entities/connected-account.entity.js';
import { ConnectionEntity } from '../entities/connection.entity.js';
import { LifecycleEvents } from '../lifecycle-events.js';
import type { ConfiguredApps } from './connection.js';
import { requireConnector } from './connection-checks.js';
import { ConnectionSecrets } from './connection-secrets.js';
import { insertConnection, updateConnection } from './connection-store.js';

/** Name of the connection, and id of its connector. */
const INTERCOM = 'intercom';

interface App {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly endpoints: EndpointOverrides;
  readonly sandbox: boolean;
}

/**
 * Keeps the connection that the configuration describes. Run once at boot, before requests are served.
 *
 * A real app wins over the sandbox, and what was connected to the sandbox is disconnected when it takes over. A connection to a
 * real app is never changed here: it belongs to the tenant once it exists.
 */
@Injectable()
export class ConfiguredConnection {
  constructor(
    private readonly database: TenantDatabase,
    private readonly registry: ConnectorRegistry,
    private readonly secrets: ConnectionSecrets,
    private readonly events: LifecycleEvents,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Says what the connection `intercom` talks to from now on; null when there is none. */
  async ensureFromConfig(tenantId: TenantId, apps: ConfiguredApps): Promise<'real' | 'sandbox' | null> {
    const ctx: RequestContext = { requestId: newId('request'), tenantId, source: 'job', caller: null };
    const found = await this.find(tenantId);
    const app = this.appOf(apps);
    if (found === null && app === null) return null;
    if (found === null && app !== null) await this.createOnce(ctx, app);
    if (found?.sandbox && app !== null) await this.replaceSandbox(ctx, found, app);
    const now = (await this.find(tenantId)) ?? found;
    return now?.sandbox === false ? 'real' : 'sandbox';
  }

  private find(tenantId: TenantId): Promise<ConnectionEntity | null> {
    return this.database.withTenant(tenantId, (em) => em.findOneBy(ConnectionEntity, { tenantId, name: INTERCOM }));
  }

  private appOf({ intercom, sandbox }: ConfiguredApps): App | null {
    if (intercom !== null) return { ...intercom, sandbox: false };
    if (sandbox === null) return null;
    const connector = requireConnector(this.registry, INTERCOM);
    return { ...sandbox, endpoints: endpointsAt(sandbox.url, connector), sandbox: true };
  }

  /** Another node may be starting at the same moment. */
  private async createOnce(ctx: RequestContext, app: App): Promise<void> {
    try {
      await this.create(ctx, app);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
    }
  }

  private async create(
    ctx: RequestContext,
    { clientId: oauthClientId, clientSecret, endpoints, sandbox }: App,
  ): Promise<void> {
    const { tenantId } = ctx;
    const id = newId('connection');
    const clientSecretSealed = await this.secrets.seal(tenantId, id, 1, clientSecret);
    const own = { tenantId, id, name: INTERCOM, connector: INTERCOM };
    await this.database.withTenant(tenantId, async (em) => {
      const row = await insertConnection(em, { ...own, oauthClientId, clientSecretSealed, endpoints, sandbox });
      await this.record(ctx, em, row, 'connection.created');
    });
  }

  /** By another run of the sandbox, whose address and secret may differ, or by the real app. */
  private async replaceSandbox(ctx: RequestContext, row: ConnectionEntity, app: App): Promise<void> {
    const { tenantId, id } = row;
    const secretVersion = row.secretVersion + 1;
    const clientSecretSealed = await this.secrets.seal(tenantId, id, secretVersion, app.clientSecret);
    const { clientId: oauthClientId, endpoints, sandbox } = app;
    const disconnected = await this.database.withTenant(tenantId, async (em) => {
      const values = { oauthClientId, clientSecretSealed, secretVersion, endpoints, sandbox };
      await this.record(ctx, em, await updateConnection(em, row, values), 'connection.updated');
      return sandbox ? 0 : this.disconnectAll(ctx, em, row);
    });
    if (!sandbox)
      this.logger.warn(
        { connection: INTERCOM, disconnected },
        'The real app has replaced the sandbox; its accounts were disconnected',
      );
  }

  /** Their credentials, and who their users are, belong to the sandbox. */
  private async disconnectAll(
    ctx: RequestContext,
    em: EntityManager,
    { tenantId, id }: ConnectionEntity,
  ): Promise<number> {
    const accounts = await em.findBy(ConnectedAccountEntity, { tenantId, connectionId: id });
    for (const { id: accountId } of accounts) {
      const account = await lockAccount(em, tenantId, accountId);
      if (account === null) continue;
      await disconnect(em, account, 'sandbox_replaced');
      await forgetPrincipal(em, account);
      const details = { status: account.status, reason: 'sandbox_replaced' };
      await this.events.record(ctx, 'connected_account.disconnected', account, details, em);
    }
    return accounts.length;
  }

  private record(
    ctx: RequestContext,
    em: EntityManager,
    { id, name, connector, sandbox, status }: ConnectionEntity,
    type: 'connection.created' | 'connection.updated',
  ): Promise<void> {
    const subject = { id: null, connectionId: id, identifier: null };
    return this.events.record(ctx, type, subject, { status, detail: { name, connector, sandbox } }, em);
  }
}

/** The manifest's own paths on another server: a stand-in for the provider answers at the same ones. */
function endpointsAt(baseUrl: string, connector: Connector): EndpointOverrides {
  const { authorizeUrl, tokenUrl, revokeUrl } = resolveAuthUrls(connector, {}, {});
  const moved = (url: URL): string => `${baseUrl.replace(/\/$/, '')}${url.pathname.replace(/\/$/, '')}`;
  return {
    authorizeUrl: moved(authorizeUrl),
    tokenUrl: moved(tokenUrl),
    apiUrl: moved(resolveBaseUrl(connector, {}, {})),
    ...(revokeUrl === null ? {} : { revokeUrl: moved(revokeUrl) }),
  };
}
