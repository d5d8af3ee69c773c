import { SystemDatabase, TenantDatabase, type Query } from '#app/database';
import {
  GIVEN_ON_PURPOSE,
  INSTALLATION_TENANT,
  PERMISSIONS,
  newId,
  type ClientId,
  type Secret,
  type TenantId,
} from '#app/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { isClientId } from './client-id.js';
import { newClientSecret } from './client-secret.js';
import { ApiClientEntity } from './entities/api-client.entity.js';
import { TenantEntity } from './entities/tenant.entity.js';
import { IDENTITY_JOURNAL, type IdentityJournal } from './identity-journal.js';
import { SECRET_KEEPER, type SecretKeeper } from './secret-keeper.js';

/** From the configuration; both or neither. */
export interface BootstrapClientConfig {
  readonly id: string | null;
  readonly secret: Secret | null;
}

export interface BootstrapResult {
  readonly tenantId: TenantId;
  readonly clientId: ClientId;
  /** Only when it was generated just now: to be shown once. Null for a client that was there, or whose secret was configured. */
  readonly secret: string | null;
}

type Existing = Pick<BootstrapResult, 'tenantId' | 'clientId'>;

const LOCK = {
  name: 'identity_bootstrap_lock',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('gatehouse.bootstrap', 0))`,
};
const FIRST = {
  name: 'identity_first_client',
  text: 'SELECT tenant_id AS "tenantId", id AS "clientId" FROM api_clients ORDER BY created_at, id LIMIT 1',
};
const ADD_INSTALLATION = `INSERT INTO tenants (tenant_id, name) VALUES ($1, 'installation') ON CONFLICT (tenant_id) DO NOTHING`;

/**
 * Makes what a new database needs before anyone can call: the tenant of the installation itself, the first tenant, and its API
 * client with every permission but those that are given on purpose. Once there is an API client, nothing is made or changed any more, whatever is configured.
 */
@Injectable()
export class FirstClient {
  constructor(
    private readonly system: SystemDatabase,
    private readonly tenants: TenantDatabase,
    @Inject(SECRET_KEEPER) private readonly keeper: SecretKeeper,
    @Inject(IDENTITY_JOURNAL) private readonly journal: IdentityJournal,
  ) {}

  /** Any number of nodes may do this at once: one makes the client, the others find it. */
  ensure(config: BootstrapClientConfig): Promise<BootstrapResult> {
    return this.system.transaction(async (query: Query) => {
      await query(LOCK, []);
      await this.tenants.withTenant(INSTALLATION_TENANT, (em) => em.query(ADD_INSTALLATION, [INSTALLATION_TENANT]));
      const [existing] = await query<Existing>(FIRST, []);
      return existing === undefined ? this.create(config) : { ...existing, secret: null };
    });
  }

  private async create({ id, secret }: BootstrapClientConfig): Promise<BootstrapResult> {
    const tenantId = newId('tenant');
    const clientId = id ?? newId('client');
    if (!isClientId(clientId))
      throw new Error('The id of the first API client must begin with skc_ and have at most 32 characters');
    const generated = newClientSecret();
    const secretHash = secret === null ? generated.digest : this.keeper.digest(secret);
    const client = {
      tenantId,
      id: clientId,
      name: 'bootstrap',
      secretHash,
      permissions: PERMISSIONS.filter((permission) => !GIVEN_ON_PURPOSE.includes(permission)),
      allowedTools: null,
    };
    await this.tenants.withTenant(tenantId, async (em) => {
      await em.insert(TenantEntity, { tenantId, name: 'default' });
      await em.insert(ApiClientEntity, client);
      const event = { tenantId, requestId: newId('request'), source: 'job', clientId: null } as const;
      const detail = { api_client: clientId, permissions: client.permissions, by: 'first_start' };
      await this.journal.record({ ...event, type: 'tenant.created', detail: { by: 'first_start' } }, em);
      await this.journal.record({ ...event, type: 'api_client.created', detail }, em);
    });
    return { tenantId, clientId, secret: secret === null ? generated.text : null };
  }
}
