import { ConnectorRegistry } from '#app/connector-kit';
import { TenantDatabase } from '#app/database';
import { AppError, newId, type RequestContext } from '#app/kernel';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Connection, ConnectionChanges, NewConnection } from './connection.js';
import { checkName, checkParams, checkScopes, requireConnector } from './connection-checks.js';
import { toConnection } from './connection.mapper.js';
import { ConnectionSecrets } from './connection-secrets.js';
import {
  getConnection,
  holdsCredentials,
  insertConnection,
  lockConnection,
  updateConnection,
} from './connection-store.js';
import { lockAccountsOf } from '../accounts/account-store.js';
import { checkEndpoints } from './endpoint-overrides.js';
import { isSameApp, sameJson } from './same-app.js';
import { ConnectionEntity } from '../entities/connection.entity.js';
import { LifecycleEvents, type EventSubject } from '../lifecycle-events.js';
import { connectionInUse, connectionNotFound, invalid, secretNeeded } from '../oauth.errors.js';
import { OAuthSettings } from '../oauth-settings.js';
import { UpstreamRevocations } from '../revocation/upstream-revocations.js';
import { readPageRequest, toPage, type Page, type PageRequest } from '../page.js';

export interface ConnectionFilter extends PageRequest {
  /** Id of a connector. */
  readonly connector?: string | undefined;
  /** Part of a name, in any case. */
  readonly query?: string | undefined;
}

/** The tenant's connections: which provider apps its users can connect accounts with. */
@Injectable()
export class ConnectionsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly registry: ConnectorRegistry,
    private readonly secrets: ConnectionSecrets,
    private readonly events: LifecycleEvents,
    private readonly settings: OAuthSettings,
    private readonly upstream: UpstreamRevocations,
  ) {}

  async create(ctx: RequestContext, input: NewConnection): Promise<Connection> {
    checkName(input.name);
    const connector = requireConnector(this.registry, input.connector);
    const params = input.params ?? {};
    const endpoints = checkEndpoints(input.endpoints ?? {});
    checkParams(connector, params, endpoints);
    const id = newId('connection');
    const values = {
      tenantId: ctx.tenantId,
      id,
      name: input.name,
      connector: connector.id,
      oauthClientId: checkClientId(input.oauthClientId),
      clientSecretSealed: await this.secrets.seal(ctx.tenantId, id, 1, input.clientSecret),
      params,
      endpoints,
      scopes: checkScopes(input.scopes ?? []),
      userVerification: input.userVerification ?? ('optional' as const),
    };
    return this.write(ctx, 'connection.created', (em) => insertConnection(em, values));
  }

  async list(ctx: RequestContext, filter: ConnectionFilter = {}): Promise<Page<Connection>> {
    const { limit, before } = readPageRequest(filter);
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const query = em
        .createQueryBuilder(ConnectionEntity, 'c')
        .where('c.tenant_id = :tenantId', { tenantId: ctx.tenantId });
      if (filter.connector) query.andWhere('c.connector = :connector', { connector: filter.connector });
      if (filter.query) query.andWhere('strpos(lower(c.name), lower(:query)) > 0', { query: filter.query });
      const total = await query.getCount();
      if (before !== null) query.andWhere('c.id < :before', { before });
      const rows = await query
        .orderBy('c.id', 'DESC')
        .take(limit + 1)
        .getMany();
      return toPage(
        rows.map((row) => toConnection(row, this.settings)),
        limit,
        total,
      );
    });
  }

  /** All of them, by name. For choosing among tools: a tenant has tens, not thousands. */
  async all(ctx: RequestContext): Promise<Connection[]> {
    const { tenantId } = ctx;
    const rows = await this.database.withTenant(tenantId, (em) =>
      em.find(ConnectionEntity, { where: { tenantId }, order: { name: 'ASC' } }),
    );
    return rows.map((row) => toConnection(row, this.settings));
  }

  async get(ctx: RequestContext, id: string): Promise<Connection> {
    const row = await this.database.withTenant(ctx.tenantId, (em) => getConnection(em, ctx.tenantId, id));
    return toConnection(row, this.settings);
  }

  async update(ctx: RequestContext, id: string, changes: ConnectionChanges): Promise<Connection> {
    const seen = await this.database.withTenant(ctx.tenantId, (em) => getConnection(em, ctx.tenantId, id));
    const values = { ...this.checked(seen, changes), ...(await this.newSecret(seen, changes)) };
    return this.write(
      ctx,
      'connection.updated',
      async (em) => {
        const row = await lockConnection(em, ctx.tenantId, seen.id);
        if (row === null) throw connectionNotFound(id);
        if (row.secretVersion !== seen.secretVersion)
          throw new AppError(
            'conflict',
            'Somebody else changed this connection at the same moment. Read it and try again.',
          );
        await refuseToMoveCredentials(em, row, values);
        refuseToMoveSecret(row, values);
        return updateConnection(em, row, values);
      },
      changedFields(changes),
    );
  }

  /** Deletes the connection with its accounts and their credentials, and has these revoked at the provider. */
  async delete(ctx: RequestContext, id: string): Promise<void> {
    await this.database.withTenant(ctx.tenantId, async (em) => {
      const { tenantId, id: connectionId } = await getConnection(em, ctx.tenantId, id);
      const row = await lockConnection(em, tenantId, connectionId);
      if (row === null) throw connectionNotFound(id);
      const accounts = await lockAccountsOf(em, tenantId, connectionId);
      await this.upstream.giveUp(em, row, accounts, { reason: 'connection_deleted' });
      await em.delete(ConnectionEntity, { tenantId: ctx.tenantId, id: row.id });
      await this.events.record(
        ctx,
        'connection.deleted',
        subject(row),
        { detail: { name: row.name, accounts: accounts.length } },
        em,
      );
    });
  }

  private async write(
    ctx: RequestContext,
    type: 'connection.created' | 'connection.updated',
    work: (em: EntityManager) => Promise<ConnectionEntity>,
    changed?: readonly string[],
  ): Promise<Connection> {
    const row = await this.database.withTenant(ctx.tenantId, async (em) => {
      const written = await work(em);
      const { name, connector, status, userVerification: user_verification } = written;
      const detail = { name, connector, user_verification, ...(changed === undefined ? {} : { changed }) };
      await this.events.record(ctx, type, subject(written), { status, detail }, em);
      return written;
    });
    return toConnection(row, this.settings);
  }

  private checked(seen: ConnectionEntity, changes: ConnectionChanges): Partial<ConnectionEntity> {
    const { clientSecret: _sealedApart, ...plain } = changes;
    if (plain.name !== undefined) checkName(plain.name);
    if (plain.oauthClientId !== undefined) checkClientId(plain.oauthClientId);
    const endpoints = plain.endpoints === undefined ? seen.endpoints : checkEndpoints(plain.endpoints);
    checkParams(requireConnector(this.registry, seen.connector), plain.params ?? seen.params, endpoints);
    const scopes = plain.scopes === undefined ? seen.scopes : checkScopes(plain.scopes);
    return { ...plain, scopes, endpoints };
  }

  private async newSecret(
    seen: ConnectionEntity,
    { clientSecret }: ConnectionChanges,
  ): Promise<Partial<ConnectionEntity>> {
    if (clientSecret === undefined) return {};
    const secretVersion = seen.secretVersion + 1;
    const clientSecretSealed = await this.secrets.seal(seen.tenantId, seen.id, secretVersion, clientSecret);
    return { secretVersion, clientSecretSealed };
  }
}

const subject = (row: ConnectionEntity): EventSubject => ({ id: null, connectionId: row.id, identifier: null });

const changedFields = (changes: ConnectionChanges): string[] =>
  Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([field]) => field);

function checkClientId(text: string): string {
  if (!/^[\x21-\x7E]{1,500}$/.test(text)) throw invalid('oauth_client_id', 'must be 1 to 500 visible ASCII characters');
  return text;
}

/** Tokens issued for one host must not start to be sent to another, and those of one app can be revoked as that app only. */
async function refuseToMoveCredentials(
  em: EntityManager,
  row: ConnectionEntity,
  values: Partial<ConnectionEntity>,
): Promise<void> {
  const moved = (['endpoints', 'params'] as const).find(
    (field) => values[field] !== undefined && !sameJson(values[field], row[field]),
  );
  const app = values.oauthClientId !== undefined && values.oauthClientId !== row.oauthClientId;
  const field = moved ?? (app ? 'oauth_client_id' : undefined);
  if (field !== undefined && (await holdsCredentials(em, row.tenantId, row.id))) throw connectionInUse(field);
}

/** Nobody but who knows the app's secret may say where it is sent: it can be written here, but never read. */
function refuseToMoveSecret(row: ConnectionEntity, values: Partial<ConnectionEntity>): void {
  const { connector, oauthClientId, params, endpoints } = row;
  const after = { connector, oauthClientId, params, endpoints, ...values };
  if (values.clientSecretSealed === undefined && !isSameApp(row, after)) throw secretNeeded();
}
