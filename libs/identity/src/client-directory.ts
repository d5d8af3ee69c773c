import { SystemDatabase } from '#app/database';
import { CLOCK, type Caller, type ClientId, type Clock, type Permission, type TenantId } from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { isClientId } from './client-id.js';
import { stampOf } from './client-secret.js';

/** An API client as far as authentication goes. */
export interface KnownClient {
  readonly tenantId: TenantId;
  readonly caller: Caller;
  readonly secretHash: Buffer;
  /** Neither the client is disabled nor its tenant suspended. */
  readonly active: boolean;
}

interface ClientRow {
  tenantId: TenantId;
  id: ClientId;
  secretHash: Buffer;
  permissions: Permission[];
  allowedTools: string[] | null;
  version: number;
  active: boolean;
}

const SELECT = `
  SELECT c.tenant_id AS "tenantId", c.id, c.secret_hash AS "secretHash", c.permissions, c.allowed_tools AS "allowedTools",
         c.version, c.status = 'active' AND t.status = 'active' AS active
  FROM api_clients c JOIN tenants t ON t.tenant_id = c.tenant_id`;
const BY_ID = { name: 'identity_client_by_id', text: `${SELECT} WHERE c.id = $1 LIMIT 2` };
const IN_TENANT = { name: 'identity_client_in_tenant', text: `${SELECT} WHERE c.tenant_id = $1 AND c.id = $2` };

/**
 * How old a cached client may be. Admission compares versions in the database, so this bounds only what else a client may do that was
 * disabled, or whose tenant was suspended. Each client in use costs a node one look a second.
 */
const FRESH_MS = 1_000;
const MOST_CLIENTS = 10_000;

type Cached = { readonly client: Promise<KnownClient | null>; readonly until: number };

/** Looks API clients up before a tenant is known, and for every request after that from a short-lived cache. */
@Injectable()
export class ClientDirectory {
  private readonly cache = new LRUCache<string, Cached>({ max: MOST_CLIENTS });

  constructor(
    @Inject(SystemDatabase) private readonly system: Pick<SystemDatabase, 'query'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The client of that id as it is now; null when there is none. */
  async byId(id: string): Promise<KnownClient | null> {
    if (!isClientId(id)) return null;
    const [row, another] = await this.system.query<ClientRow>(BY_ID, [id]);
    // Ids are ours and unique; two tenants with one id would be a fault, and guessing between them an open door
    return row === undefined || another !== undefined ? null : toKnownClient(row);
  }

  /** As it was at most a second ago. */
  find(tenantId: TenantId, id: ClientId): Promise<KnownClient | null> {
    const cached = this.cache.get(nameOf(tenantId, id));
    return cached !== undefined && this.clock.now() < cached.until ? cached.client : this.reload(tenantId, id);
  }

  /** As it is now. Callers that come at the same time share one query. */
  reload(tenantId: TenantId, id: ClientId): Promise<KnownClient | null> {
    const name = nameOf(tenantId, id);
    const client = this.load(tenantId, id).catch((error: unknown) => {
      this.cache.delete(name);
      throw error;
    });
    this.cache.set(name, { client, until: this.clock.now() + FRESH_MS });
    return client;
  }

  /** After a change that was made here, so that this node does not wait for its cache. */
  forget(tenantId: TenantId, id: ClientId): void {
    this.cache.delete(nameOf(tenantId, id));
  }

  private async load(tenantId: TenantId, id: ClientId): Promise<KnownClient | null> {
    const [row] = await this.system.query<ClientRow>(IN_TENANT, [tenantId, id]);
    return row === undefined ? null : toKnownClient(row);
  }
}

const nameOf = (tenantId: TenantId, id: ClientId): string => `${tenantId}/${id}`;

function toKnownClient({
  tenantId,
  id,
  secretHash,
  permissions,
  allowedTools,
  version,
  active,
}: ClientRow): KnownClient {
  const caller: Caller = {
    clientId: id,
    version,
    secretStamp: stampOf(secretHash),
    permissions: new Set(permissions),
    allowedTools: allowedTools === null ? null : new Set(allowedTools),
  };
  return { tenantId, caller, secretHash, active };
}
