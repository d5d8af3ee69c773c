import { TenantDatabase } from '#app/database';
import {
  GIVEN_ON_PURPOSE,
  newId,
  type ClientId,
  type JsonObject,
  type Permission,
  type RequestContext,
} from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { MoreThan, type EntityManager } from 'typeorm';
import {
  applyChanges,
  changesWhatItMayDo,
  rightsBeyond,
  toApiClient,
  type ApiClient,
  type ApiClientChanges,
  type Rights,
} from './api-client.js';
import { ClientDirectory } from './client-directory.js';
import { isClientId } from './client-id.js';
import { newClientSecret } from './client-secret.js';
import { ApiClientEntity } from './entities/api-client.entity.js';
import { FirstClient, type BootstrapClientConfig, type BootstrapResult } from './first-client.js';
import { beyondOwnRights, clientNotFound, lockingItselfOut, mayNotManage } from './identity.errors.js';
import { IDENTITY_JOURNAL, type IdentityEvent, type IdentityJournal } from './identity-journal.js';
import { readPageRequest, toPage, type Page, type PageRequest } from './page.js';

export interface CreateApiClient extends Rights {
  readonly name: string;
}

/** A client and its secret, which is shown this once. */
export interface ApiClientWithSecret {
  readonly client: ApiClient;
  readonly secret: string;
}

/**
 * The API clients of a tenant. Whoever manages clients can't reach beyond their own rights: neither by giving them to another
 * client, nor by taking over (a new secret) or changing one that has more. Every change and its record are one transaction.
 */
@Injectable()
export class ApiClientsService {
  constructor(
    private readonly database: TenantDatabase,
    private readonly directory: ClientDirectory,
    private readonly first: FirstClient,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
  ) {}

  /** At boot: makes the first tenant and its client, once per database. See {@link FirstClient}. */
  ensureBootstrap(config: BootstrapClientConfig): Promise<BootstrapResult> {
    return this.first.ensure(config);
  }

  create(ctx: RequestContext, { name, permissions, allowedTools }: CreateApiClient): Promise<ApiClientWithSecret> {
    return this.database.withTenant(ctx.tenantId, async (em) => {
      await requireRights(em, ctx, { permissions, allowedTools });
      const { text, digest } = newClientSecret();
      const id = newId('client');
      const row = { tenantId: ctx.tenantId, id, name, secretHash: digest, ...columnsOf({ permissions, allowedTools }) };
      await em.insert(ApiClientEntity, row);
      return { client: await this.recorded(em, ctx, 'api_client.created', id), secret: text };
    });
  }

  /** In the order in which they were made. */
  list(ctx: RequestContext, request: PageRequest): Promise<Page<ApiClient>> {
    const { limit, after } = readPageRequest(request);
    return this.database.withTenant(ctx.tenantId, async (em) => {
      const rows = await em.find(ApiClientEntity, {
        where: { tenantId: ctx.tenantId, ...(after === null ? {} : { id: MoreThan(after as ClientId) }) },
        order: { id: 'ASC' },
        take: limit + 1,
      });
      return toPage(rows.map(toApiClient), limit);
    });
  }

  /** Throws `not_found`, also for a client of another tenant. */
  get(ctx: RequestContext, id: ClientId): Promise<ApiClient> {
    return this.database.withTenant(ctx.tenantId, async (em) => toApiClient(await find(em, ctx, id)));
  }

  /**
   * A change of what the client may do holds for its next tool call on every node (the version fences it), and for everything else
   * at once on this node and within a second on others.
   */
  async update(ctx: RequestContext, id: ClientId, changes: ApiClientChanges): Promise<ApiClient> {
    const client = await this.database.withTenant(ctx.tenantId, async (em) => {
      const row = await find(em, ctx, id, 'for update');
      const after = applyChanges(row, changes);
      await requireRights(em, ctx, row);
      await requireRights(em, ctx, after);
      if (ctx.caller?.clientId === id) refuseLockout(after);
      const version = row.version + (changesWhatItMayDo(row, after) ? 1 : 0);
      const columns = { name: after.name, status: after.status, version, ...columnsOf(after) };
      await em.update(ApiClientEntity, keyOf(ctx, id), { ...columns, updatedAt: now });
      return this.recorded(em, ctx, 'api_client.updated', id);
    });
    this.directory.forget(ctx.tenantId, id);
    return client;
  }

  /** Gives the client a new secret. The old one, and every token that was issued for it, ends. */
  async rotateSecret(ctx: RequestContext, id: ClientId): Promise<ApiClientWithSecret> {
    const { text, digest } = newClientSecret();
    const client = await this.database.withTenant(ctx.tenantId, async (em) => {
      const row = await find(em, ctx, id, 'for update');
      await requireRights(em, ctx, row);
      await em.update(ApiClientEntity, keyOf(ctx, id), {
        secretHash: digest,
        version: row.version + 1,
        updatedAt: now,
      });
      return this.recorded(em, ctx, 'api_client.secret_rotated', id);
    });
    this.directory.forget(ctx.tenantId, id);
    return { client, secret: text };
  }

  /** Records what the client is now, in the transaction that made it so. */
  private async recorded(
    em: EntityManager,
    { tenantId, requestId, source, caller }: RequestContext,
    type: IdentityEvent['type'],
    id: ClientId,
  ): Promise<ApiClient> {
    const client = toApiClient(await find(em, { tenantId }, id));
    const clientId = caller?.clientId ?? null;
    await this.journal.record({ tenantId, requestId, source, type, clientId, detail: detailOf(client) }, em);
    return client;
  }
}

type InTenant = Pick<RequestContext, 'tenantId'>;

const keyOf = ({ tenantId }: InTenant, id: ClientId) => ({ tenantId, id });

const detailOf = ({ id, status, permissions, allowedTools }: ApiClient): JsonObject => ({
  api_client: id,
  status,
  permissions,
  allowed_tools: allowedTools,
});

async function find(em: EntityManager, ctx: InTenant, id: ClientId, lock?: 'for update'): Promise<ApiClientEntity> {
  if (!isClientId(id)) throw clientNotFound(id);
  const options = lock === undefined ? {} : { lock: { mode: 'pessimistic_write' as const } };
  const row = await em.findOne(ApiClientEntity, { where: keyOf(ctx, id), ...options });
  if (row === null) throw clientNotFound(id);
  return row;
}

/**
 * Judged by the caller's row as it is now, held until this transaction ends: the facts in the context may be some seconds old.
 */
async function requireRights(em: EntityManager, ctx: RequestContext, wanted: Rights): Promise<void> {
  if (ctx.caller === null) throw mayNotManage();
  const lock = { mode: 'pessimistic_read' as const };
  const caller = await em.findOne(ApiClientEntity, { where: keyOf(ctx, ctx.caller.clientId), lock });
  if (caller?.status !== 'active' || !caller.permissions.includes('clients:write')) throw mayNotManage();
  const beyond = rightsBeyond({ permissions: givableBy(caller), allowedTools: caller.allowedTools }, wanted);
  if (beyond.length > 0) throw beyondOwnRights(beyond);
}

/** What a client may give to another: what it has, and what is given on purpose if it administers the tenant. */
const givableBy = ({ permissions }: ApiClientEntity): readonly Permission[] =>
  permissions.includes('tenant:write') ? [...permissions, ...GIVEN_ON_PURPOSE] : permissions;

function refuseLockout({ status, permissions }: Pick<ApiClient, 'status' | 'permissions'>): void {
  if (status !== 'active' || !permissions.includes('clients:write')) throw lockingItselfOut();
}

const columnsOf = ({ permissions, allowedTools }: Rights): Pick<ApiClientEntity, 'permissions' | 'allowedTools'> => ({
  permissions: [...new Set(permissions)],
  allowedTools: allowedTools === null ? null : [...new Set(allowedTools)],
});

const now = (): string => 'now()';
