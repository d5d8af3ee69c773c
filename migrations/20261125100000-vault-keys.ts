import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Data keys that are rotated and destroyed, the leases by which nodes prove that they have dropped a key, and tenants that end.
 *
 * A release before this one, running beside it, keeps making and reading keys: what it does not set has a default.
 */
export class VaultKeys20261125100000 implements MigrationInterface {
  name = 'VaultKeys20261125100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...KEYS, ...NODES, ...TENANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['vault_nodes', 'key_orders', 'reseal_failures']) await runner.query(`DROP TABLE ${table}`);
    await runner.query(
      'ALTER TABLE tenant_keys DROP COLUMN state, DROP COLUMN state_since, DROP COLUMN seals_reserved',
    );
  }
}

const KEYS = [
  `ALTER TABLE tenant_keys
     ADD COLUMN state text NOT NULL DEFAULT 'primary',
     ADD COLUMN state_since timestamptz NOT NULL DEFAULT now(),
     ADD COLUMN seals_reserved bigint NOT NULL DEFAULT 0,
     ADD CONSTRAINT tenant_keys_state_check CHECK (state IN ('staged', 'primary', 'retired', 'destroyed')),
     ADD CONSTRAINT tenant_keys_destroyed_check CHECK ((state = 'destroyed') = (wrapped_key = ''))`,
  // Nodes that rotate at the same time end up with one new key, and never with two that are sealed with
  `CREATE UNIQUE INDEX tenant_keys_one_staged ON tenant_keys (tenant_id) WHERE state = 'staged'`,
  `CREATE UNIQUE INDEX tenant_keys_one_primary ON tenant_keys (tenant_id) WHERE state = 'primary'`,
];

const rowSecurity = (table: string): string[] => [
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY tenant_rows ON ${table} TO gatehouse_app
     USING (tenant_id = current_setting('gatehouse.tenant_id', true))
     WITH CHECK (tenant_id = current_setting('gatehouse.tenant_id', true))`,
  `CREATE POLICY system_rows ON ${table} TO gatehouse_system USING (true) WITH CHECK (true)`,
];

const NODES = [
  // Rows of the installation's own tenant: which nodes may hold keys, until when, and which orders they have carried out
  `CREATE TABLE vault_nodes (
     tenant_id text NOT NULL,
     node_id text NOT NULL,
     expires_at timestamptz NOT NULL,
     dropped_to bigint NOT NULL DEFAULT 0,
     loaded_to bigint NOT NULL DEFAULT 0,
     PRIMARY KEY (tenant_id, node_id)
   )`,
  // "The keys of this tenant have changed": every node that holds a lease drops what it has of them
  `CREATE TABLE key_orders (
     tenant_id text NOT NULL,
     number bigserial,
     ordered_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, number)
   )`,
  'CREATE INDEX key_orders_by_number ON key_orders (number, tenant_id)',
  // Rows that could not be sealed anew, as the last search found them
  `CREATE TABLE reseal_failures (
     tenant_id text NOT NULL,
     store text NOT NULL,
     failed integer NOT NULL DEFAULT 0,
     searched_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, store)
   )`,
  ...['vault_nodes', 'key_orders', 'reseal_failures'].flatMap(rowSecurity),
  'GRANT SELECT, INSERT ON vault_nodes, key_orders TO gatehouse_app',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON reseal_failures TO gatehouse_app',
  'GRANT USAGE ON SEQUENCE key_orders_number_seq TO gatehouse_app',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON vault_nodes TO gatehouse_system',
  'GRANT SELECT, DELETE ON key_orders TO gatehouse_system',
];

const TENANTS = [
  `ALTER TABLE tenants
     DROP CONSTRAINT tenants_status_check,
     ADD CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended', 'shredded'))`,
  // Forced row-level security holds for the owner too, unless it is a superuser
  'ALTER TABLE api_clients NO FORCE ROW LEVEL SECURITY',
  `UPDATE api_clients SET permissions = permissions || 'installation:operate'::text, version = version + 1
   WHERE (tenant_id, id) = (SELECT tenant_id, id FROM api_clients ORDER BY created_at, id LIMIT 1)
     AND NOT 'installation:operate' = ANY (permissions)`,
  'ALTER TABLE api_clients FORCE ROW LEVEL SECURITY',
];
