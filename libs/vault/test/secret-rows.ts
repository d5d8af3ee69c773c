import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '#app/database';
import { Secret, newId, type ConnectionId, type TenantId } from '#app/kernel';
import { NodeStore } from '../src/nodes/node-store.js';
import type { SealBinding } from '../src/barrier/seal-binding.js';
import type { Packing, SealedColumnParts } from '../src/resealing/sealed-column.js';
import type { Vault } from '../src/vault.js';

export const secretBinding = (tenantId: TenantId, connectionId: string): SealBinding => ({
  tenantId,
  connectionId,
  accountId: '',
  kind: 'client_secret',
  version: 1,
  generation: 0,
});

/** A column of sealed values, as a library would name it: client secrets. */
export const secretColumn = (packing?: Packing): SealedColumnParts<{ id: string }> => ({
  name: 'client_secrets',
  table: 'connections',
  column: 'client_secret_sealed',
  key: { id: 'text' },
  select: { id: 'held.id' },
  bindings: ({ id }, tenantId) => [secretBinding(tenantId, id)],
  ...(packing === undefined ? {} : { packing }),
  forget: `UPDATE connections SET client_secret_sealed = '' WHERE tenant_id = $1`,
});

/** Sealed rows of tenants in a real table. */
export class SecretRows {
  constructor(private readonly database: Pick<Database, 'system' | 'tenants'>) {}

  async tenant(): Promise<TenantId> {
    const tenantId = newId('tenant');
    await this.database.tenants.withTenant(tenantId, (em) =>
      em.query(`INSERT INTO tenants (tenant_id, name) VALUES ($1, 't')`, [tenantId]),
    );
    return tenantId;
  }

  /** Stores a value under its own id as its plaintext. */
  async add(vault: Vault, tenantId: TenantId): Promise<ConnectionId> {
    const id = newId('connection');
    await this.put(tenantId, id, await vault.seal(secretBinding(tenantId, id), new Secret(id)));
    return id;
  }

  async put(tenantId: TenantId, id: string, sealed: Buffer): Promise<void> {
    await this.sql(
      tenantId,
      `INSERT INTO connections (tenant_id, id, name, connector, oauth_client_id, client_secret_sealed)
       VALUES ($1, $2, $2, 'c', 'c', $3) ON CONFLICT (tenant_id, id) DO UPDATE SET client_secret_sealed = $3`,
      [tenantId, id, sealed],
    );
  }

  async stored(tenantId: TenantId, id: string): Promise<Buffer> {
    const [row] = await this.sql<{ sealed: Buffer }>(
      tenantId,
      'SELECT client_secret_sealed AS sealed FROM connections WHERE id = $1',
      [id],
    );
    return row?.sealed ?? Buffer.alloc(0);
  }

  /** As a call does: reads the row, opens it. */
  async open(vault: Vault, tenantId: TenantId, id: string): Promise<string> {
    return (await vault.open(secretBinding(tenantId, id), await this.stored(tenantId, id))).reveal();
  }

  /** How many rows are sealed with which version. */
  async versions(tenantId: TenantId): Promise<Record<number, number>> {
    const rows = await this.sql<{ version: number; rows: number }>(
      tenantId,
      `SELECT get_byte(client_secret_sealed, 8) AS version, count(*)::integer AS rows FROM connections GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ version, rows: count }) => [version, count]));
  }

  async states(tenantId: TenantId): Promise<string[]> {
    const rows = await this.sql<{ state: string }>(tenantId, 'SELECT state FROM tenant_keys ORDER BY version');
    return rows.map(({ state }) => state);
  }

  sql<Row>(tenantId: TenantId, text: string, values: unknown[] = []): Promise<Row[]> {
    return this.database.tenants.withTenant(tenantId, (em) => em.query(text, values));
  }

  /** Resolves when somebody waits for this node to carry an order out. */
  async waitedFor(nodeId: string, what: 'dropped' | 'loaded', tenantId: TenantId, atLeast = 1): Promise<void> {
    const nodes = new NodeStore(this.database.system);
    await until(async () => {
      const number = await nodes.lastOrder();
      return number >= atLeast && (await nodes.behind({ number, tenantId }, what)).includes(nodeId);
    });
  }
}

/** Waits for something that is bound to happen; fails only with the test's own time limit. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(10);
}
