import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhooks, through which tenants are told of what happens; and what is still to be revoked at providers. No foreign key leads to the account or the connection: a revocation outlives both,
 * and so brings along what it needs. Its ciphertexts go as soon as it has ended.
 */
export class Revocation20261125102000 implements MigrationInterface {
  name = 'Revocation20261125102000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...NEW_TABLES.flatMap(rowSecurity), ...GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of NEW_TABLES.toReversed()) await runner.query(`DROP TABLE ${table}`);
  }
}

const NEW_TABLES = ['upstream_revocations', 'webhook_endpoints', 'webhook_deliveries'];

const TABLES = [
  `CREATE TABLE upstream_revocations (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     id text NOT NULL,
     connection_id text NOT NULL,
     account_id text NOT NULL,
     identifier text NOT NULL,
     connector text NOT NULL,
     oauth_client_id text NOT NULL,
     endpoints jsonb NOT NULL DEFAULT '{}',
     params jsonb NOT NULL DEFAULT '{}',
     principal_id text,
     workspace text,
     scope text NOT NULL DEFAULT 'token' CHECK (scope IN ('token', 'user', 'workspace')),
     spares text NOT NULL DEFAULT 'nobody'
       CHECK (spares IN ('nobody', 'account', 'principal', 'workspace', 'app', 'other_tenants')),
     reason text NOT NULL,
     state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'skipped', 'abandoned')),
     attempts integer NOT NULL DEFAULT 0,
     last_error text,
     next_attempt_at timestamptz NOT NULL DEFAULT now(),
     sealed bytea,
     bound_to text NOT NULL,
     version bigint NOT NULL,
     generation bigint NOT NULL DEFAULT 0,
     client_secret_sealed bytea,
     secret_version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz,
     PRIMARY KEY (tenant_id, id)
   )`,
  `CREATE INDEX upstream_revocations_due ON upstream_revocations (tenant_id, next_attempt_at) WHERE state = 'pending'`,
  'CREATE INDEX upstream_revocations_by_account ON upstream_revocations (tenant_id, account_id, id)',
  `CREATE TABLE webhook_endpoints (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     id text NOT NULL,
     url text NOT NULL,
     events text[] NOT NULL DEFAULT '{}',
     status text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
     secret_version integer NOT NULL DEFAULT 1,
     secret_sealed bytea NOT NULL,
     previous_secret_sealed bytea,
     previous_secret_until timestamptz,
     failing_since timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, id)
   )`,
  `CREATE TABLE webhook_deliveries (
     tenant_id text NOT NULL,
     endpoint_id text NOT NULL,
     event_id text NOT NULL,
     type text NOT NULL,
     body text NOT NULL,
     state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
     attempts integer NOT NULL DEFAULT 0,
     last_status integer,
     last_error text,
     next_attempt_at timestamptz NOT NULL DEFAULT now(),
     created_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz,
     PRIMARY KEY (tenant_id, endpoint_id, event_id),
     FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints ON DELETE CASCADE
   )`,
  `CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, next_attempt_at) WHERE state = 'pending'`,
];

const rowSecurity = (table: string): string[] => [
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY tenant_rows ON ${table} TO gatehouse_app
     USING (tenant_id = current_setting('gatehouse.tenant_id', true))
     WITH CHECK (tenant_id = current_setting('gatehouse.tenant_id', true))`,
  `CREATE POLICY system_rows ON ${table} TO gatehouse_system USING (true) WITH CHECK (true)`,
];

const GRANTS = [
  'GRANT SELECT, INSERT, UPDATE ON upstream_revocations TO gatehouse_app',
  // The job finds what is due and takes it on; what came of it is written as the tenant
  'GRANT SELECT, DELETE, UPDATE (attempts, next_attempt_at) ON upstream_revocations TO gatehouse_system',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO gatehouse_app',
  'GRANT SELECT, DELETE, UPDATE (attempts, next_attempt_at) ON webhook_deliveries TO gatehouse_system',
];
