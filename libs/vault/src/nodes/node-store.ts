import type { SystemDatabase } from '#app/database';
import { INSTALLATION_TENANT, type TenantId } from '#app/kernel';

/** That the keys of a tenant have changed, and every node has to drop what it holds of them. */
export interface KeyOrder {
  readonly number: number;
  readonly tenantId: TenantId;
}

/** How far a node has got with the orders: every one up to this number is carried out. */
export interface Acknowledged {
  /** What it held of the tenant is gone from its memory. */
  readonly dropped: number;
  /** And it has loaded the keys that are staged. */
  readonly loaded: number;
  /** Behind that number, it has yet to load those of these tenants, and of no other. */
  readonly loading: readonly TenantId[];
}

const LAST = { name: 'vault_last_order', text: 'SELECT coalesce(max(number), 0) AS last FROM key_orders' };
// One statement: what it does not see was ordered after the lease was renewed, and is not acknowledged by it
const RENEW = {
  name: 'vault_renew_lease',
  text: `
    WITH renewed AS (
      INSERT INTO vault_nodes (tenant_id, node_id, expires_at, dropped_to, loaded_to, loading)
      VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), $4, $5, $6)
      ON CONFLICT (tenant_id, node_id) DO UPDATE
        SET expires_at = excluded.expires_at, dropped_to = excluded.dropped_to, loaded_to = excluded.loaded_to,
          loading = excluded.loading
    )
    SELECT number, tenant_id AS "tenantId" FROM key_orders WHERE number > $4 ORDER BY number`,
};
const END = { name: 'vault_end_lease', text: 'DELETE FROM vault_nodes WHERE tenant_id = $1 AND node_id = $2' };
const BEHIND = {
  name: 'vault_nodes_behind',
  text: `SELECT node_id AS "nodeId" FROM vault_nodes
         WHERE tenant_id = $1 AND expires_at > clock_timestamp()
           AND (dropped_to < $2 OR ($3 AND CASE WHEN loading IS NULL THEN loaded_to < $2 ELSE $4 = ANY (loading) END))`,
};
const CLEAR_NODES = {
  name: 'vault_clear_nodes',
  text: `DELETE FROM vault_nodes WHERE tenant_id = $1 AND expires_at < clock_timestamp() - interval '1 hour'`,
};
// A node that was away for so long has lost its lease, and with it every key
const CLEAR_ORDERS = {
  name: 'vault_clear_orders',
  text: `DELETE FROM key_orders WHERE ordered_at < clock_timestamp() - interval '1 day'
         AND number < (SELECT max(number) FROM key_orders)`,
};

/** The leases of the nodes and the orders that they carry out. */
export class NodeStore {
  constructor(private readonly system: Pick<SystemDatabase, 'query'>) {}

  /** The number of the latest order; 0 when there never was one. */
  async lastOrder(): Promise<number> {
    const [row] = await this.system.query<{ last: number }>(LAST, []);
    return row?.last ?? 0;
  }

  /** Renews the lease of a node by the database's clock. Returns the orders that are new to it, the oldest first. */
  renew(nodeId: string, ttlMs: number, { dropped, loaded, loading }: Acknowledged): Promise<KeyOrder[]> {
    return this.system.query<KeyOrder>(RENEW, [INSTALLATION_TENANT, nodeId, ttlMs / 1_000, dropped, loaded, loading]);
  }

  async end(nodeId: string): Promise<void> {
    await this.system.query(END, [INSTALLATION_TENANT, nodeId]);
  }

  /** The nodes that hold a lease and have not carried this order out. */
  async behind({ number, tenantId }: KeyOrder, what: 'dropped' | 'loaded'): Promise<string[]> {
    const values = [INSTALLATION_TENANT, number, what === 'loaded', tenantId];
    const rows = await this.system.query<{ nodeId: string }>(BEHIND, values);
    return rows.map(({ nodeId }) => nodeId);
  }

  /** Deletes leases and orders that mean nothing any more. */
  async clear(): Promise<void> {
    await this.system.query(CLEAR_NODES, [INSTALLATION_TENANT]);
    await this.system.query(CLEAR_ORDERS, []);
  }
}
