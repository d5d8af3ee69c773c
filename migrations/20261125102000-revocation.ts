import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is still to be revoked at providers. No foreign key leads to the account or the connection: a revocation outlives both,
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

const NEW_TABLES = ['upstream_revocations'];

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
  `CREATE INDEX upstream_revocations_due ON upstream_revocations (next_attempt_at, tenant_id) WHERE state = 'pending'`,
  'CREATE INDEX upstream_revocations_by_account ON upstream_revocations (tenant_id, account_id, id)',
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
];
