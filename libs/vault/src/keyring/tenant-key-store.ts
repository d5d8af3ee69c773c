import { SystemDatabase, TenantDatabase } from '#app/database';
import { INSTALLATION_TENANT, type TenantId } from '#app/kernel';
import type { EntityManager } from 'typeorm';
import type { KeyState } from './key-state.js';

/** A wrapped data key as it is stored. */
export interface WrappedKey {
  readonly tenantId: TenantId;
  readonly version: number;
  readonly wrapped: Buffer;
  readonly kekId: string;
}

/** A row of `tenant_keys` without the key. */
export interface KeyRecord {
  readonly version: number;
  readonly state: KeyState;
  readonly kekId: string;
  readonly createdAt: Date;
  readonly stateSince: Date;
  readonly sealsReserved: number;
}

const COLUMNS = 'tenant_id AS "tenantId", version, wrapped_key AS wrapped, kek_id AS "kekId"';
const PRIMARY = {
  name: 'vault_primary_key',
  text: `SELECT ${COLUMNS} FROM tenant_keys WHERE tenant_id = $1 AND state = 'primary'`,
};
const STAGED = {
  name: 'vault_staged_key',
  text: `SELECT ${COLUMNS} FROM tenant_keys WHERE tenant_id = $1 AND state = 'staged'`,
};
const BY_VERSION = {
  name: 'vault_key_by_version',
  text: `SELECT ${COLUMNS} FROM tenant_keys WHERE tenant_id = $1 AND version = $2 AND state <> 'destroyed'`,
};
const RECORDS = {
  name: 'vault_key_records',
  text: `SELECT version, state, kek_id AS "kekId", created_at AS "createdAt", state_since AS "stateSince",
           seals_reserved AS "sealsReserved"
         FROM tenant_keys WHERE tenant_id = $1 ORDER BY version`,
};
// Every installation has a key of its own; an older one of a tenant's will do for the check
const WITNESSES = {
  name: 'vault_witness_keys',
  text: `SELECT DISTINCT ON (kek_id) ${COLUMNS} FROM tenant_keys WHERE state <> 'destroyed'
         ORDER BY kek_id, tenant_id <> $1, created_at`,
};
const WRAPPED_BY_OTHERS = {
  name: 'vault_keys_of_other_master_keys',
  text: `SELECT ${COLUMNS} FROM tenant_keys
         WHERE state <> 'destroyed' AND kek_id = ANY ($1) AND (tenant_id, version) > ($3, $4::integer)
         ORDER BY tenant_id, version LIMIT $2`,
};
const TENANTS_IN_STATE = {
  name: 'vault_tenants_with_keys_in_state',
  text: 'SELECT DISTINCT tenant_id AS "tenantId" FROM tenant_keys WHERE state = $1',
};
const TENANTS_WITH_SPENT_KEYS = {
  name: 'vault_tenants_with_spent_keys',
  text: `SELECT tenant_id AS "tenantId" FROM tenant_keys WHERE state = 'primary' AND seals_reserved >= $1`,
};
// A tenant that was shredded has had keys, and must never get a new one. Its row is locked, and so looked at again once a shred that
// is under way has ended: else the new key would come after it
const ADD_FIRST = `
  INSERT INTO tenant_keys (tenant_id, version, wrapped_key, kek_id)
  SELECT tenant_id, $2, $3, $4 FROM tenants
  WHERE tenant_id = $1 AND status <> 'shredded' AND NOT EXISTS (SELECT FROM tenant_keys WHERE tenant_id = $1)
  FOR SHARE ON CONFLICT DO NOTHING`;
const RESERVE = `
  UPDATE tenant_keys SET seals_reserved = seals_reserved + $3
  WHERE tenant_id = $1 AND version = $2 AND state = 'primary' AND seals_reserved + $3 <= $4
  RETURNING seals_reserved AS reserved`;
const REWRAP = `
  UPDATE tenant_keys SET wrapped_key = $4, kek_id = $5 WHERE tenant_id = $1 AND version = $2 AND wrapped_key = $3`;

/** The rows of `tenant_keys`. */
export class TenantKeyStore {
  constructor(
    private readonly system: SystemDatabase,
    private readonly tenants: TenantDatabase,
  ) {}

  async primary(tenantId: TenantId): Promise<WrappedKey | null> {
    const rows = await this.system.query<WrappedKey>(PRIMARY, [tenantId]);
    return rows[0] ?? null;
  }

  async staged(tenantId: TenantId): Promise<WrappedKey | null> {
    const rows = await this.system.query<WrappedKey>(STAGED, [tenantId]);
    return rows[0] ?? null;
  }

  /** Null also for a key that is destroyed. */
  async version(tenantId: TenantId, version: number): Promise<WrappedKey | null> {
    const rows = await this.system.query<WrappedKey>(BY_VERSION, [tenantId, version]);
    return rows[0] ?? null;
  }

  /** Every version that the tenant has or had, the oldest first. */
  records(tenantId: TenantId): Promise<KeyRecord[]> {
    return this.system.query<KeyRecord>(RECORDS, [tenantId]);
  }

  /** For each master key that is in use here one key that it wrapped, the installation's own first; none when nothing was sealed. */
  witnesses(): Promise<WrappedKey[]> {
    return this.system.query<WrappedKey>(WITNESSES, [INSTALLATION_TENANT]);
  }

  /** In the order of tenant and version, those behind `after`; null for the first. */
  wrappedBy(kekIds: readonly string[], limit: number, after: WrappedKey | null): Promise<WrappedKey[]> {
    return this.system.query<WrappedKey>(WRAPPED_BY_OTHERS, [
      kekIds,
      limit,
      after?.tenantId ?? '',
      after?.version ?? 0,
    ]);
  }

  async tenantsWith(state: KeyState): Promise<TenantId[]> {
    const rows = await this.system.query<{ tenantId: TenantId }>(TENANTS_IN_STATE, [state]);
    return rows.map(({ tenantId }) => tenantId);
  }

  /** Tenants whose primary key has sealed, or may have, as much as this. */
  async tenantsWithSpentKeys(seals: number): Promise<TenantId[]> {
    const rows = await this.system.query<{ tenantId: TenantId }>(TENANTS_WITH_SPENT_KEYS, [seals]);
    return rows.map(({ tenantId }) => tenantId);
  }

  /** Adds a tenant's first key, unless it has had one: read it again to know which it is. */
  async addFirst({ tenantId, version, wrapped, kekId }: WrappedKey): Promise<void> {
    await this.tenants.withTenant(tenantId, (em) => em.query(ADD_FIRST, [tenantId, version, wrapped, kekId]));
  }

  /**
   * Takes a block of seals with the primary key. Returns how many are taken then, by all nodes; null when the key is no longer
   * the primary one or would have to give more than `most`.
   */
  async reserveSeals(
    { tenantId, version }: Pick<WrappedKey, 'tenantId' | 'version'>,
    block: number,
    most: number,
  ): Promise<number | null> {
    const [rows] = await this.tenants.withTenant<[{ reserved: string }[], number]>(tenantId, (em) =>
      em.query(RESERVE, [tenantId, version, block, most]),
    );
    return rows[0] === undefined ? null : Number(rows[0].reserved);
  }

  /** Puts another wrapping in the place of this one, unless somebody was quicker. */
  async rewrap(em: EntityManager, key: WrappedKey, wrapped: Buffer, kekId: string): Promise<boolean> {
    const [, changed]: [unknown[], number] = await em.query(REWRAP, [
      key.tenantId,
      key.version,
      key.wrapped,
      wrapped,
      kekId,
    ]);
    return changed === 1;
  }
}
