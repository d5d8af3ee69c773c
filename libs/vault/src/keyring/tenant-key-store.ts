import { SystemDatabase, TenantDatabase } from '#app/database';
import { INSTALLATION_TENANT, type TenantId } from '#app/kernel';

/** A wrapped data key as it is stored. */
export interface WrappedKey {
  readonly tenantId: TenantId;
  readonly version: number;
  readonly wrapped: Buffer;
  readonly kekId: string;
}

const COLUMNS = 'tenant_id AS "tenantId", version, wrapped_key AS wrapped, kek_id AS "kekId"';
const NEWEST = {
  name: 'vault_newest_key',
  text: `SELECT ${COLUMNS} FROM tenant_keys WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1`,
};
const BY_VERSION = {
  name: 'vault_key_by_version',
  text: `SELECT ${COLUMNS} FROM tenant_keys WHERE tenant_id = $1 AND version = $2`,
};
// Every installation has a key of its own; an older one of a tenant's will do for the check
const WITNESS = {
  name: 'vault_witness_key',
  text: `SELECT ${COLUMNS} FROM tenant_keys ORDER BY tenant_id <> $1, created_at LIMIT 1`,
};
const ADD = `
  INSERT INTO tenant_keys (tenant_id, version, wrapped_key, kek_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT (tenant_id, version) DO NOTHING`;

/** The rows of `tenant_keys`. */
export class TenantKeyStore {
  constructor(
    private readonly system: SystemDatabase,
    private readonly tenants: TenantDatabase,
  ) {}

  async newest(tenantId: TenantId): Promise<WrappedKey | null> {
    const rows = await this.system.query<WrappedKey>(NEWEST, [tenantId]);
    return rows[0] ?? null;
  }

  async version(tenantId: TenantId, version: number): Promise<WrappedKey | null> {
    const rows = await this.system.query<WrappedKey>(BY_VERSION, [tenantId, version]);
    return rows[0] ?? null;
  }

  /** Some key by which a master key can be tried, the installation's own first; null when nothing was ever sealed here. */
  async witness(): Promise<WrappedKey | null> {
    const rows = await this.system.query<WrappedKey>(WITNESS, [INSTALLATION_TENANT]);
    return rows[0] ?? null;
  }

  /** Adds a key, unless another node has added this version in the meantime: read it again to know which it is. */
  async add({ tenantId, version, wrapped, kekId }: WrappedKey): Promise<void> {
    await this.tenants.withTenant(tenantId, (em) => em.query(ADD, [tenantId, version, wrapped, kekId]));
  }
}
