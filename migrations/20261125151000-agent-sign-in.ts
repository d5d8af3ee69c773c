import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tokens of agents, what end users have allowed which agents, and what the OAuth server keeps for itself between two requests.
 */
export class AgentSignIn20261125151000 implements MigrationInterface {
  name = 'AgentSignIn20261125151000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...NEW_TABLES.flatMap(rowSecurity), ...GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of NEW_TABLES.toReversed()) await runner.query(`DROP TABLE ${table}`);
    await runner.query('DROP INDEX connections_by_id');
  }
}

const NEW_TABLES = ['agent_settings', 'agent_tokens', 'agent_grants', 'oauth_server_records'];

const TABLES = [
  'CREATE INDEX connections_by_id ON connections (id, tenant_id)',
  // The API client in whose name signed-in agents work, so that a tenant can limit or end them all at once
  `CREATE TABLE agent_settings (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     client_id text NOT NULL,
     PRIMARY KEY (tenant_id),
     FOREIGN KEY (tenant_id, client_id) REFERENCES api_clients ON DELETE CASCADE
   )`,
  // No token is kept, only that there is one
  `CREATE TABLE agent_tokens (
     tenant_id text NOT NULL,
     id text NOT NULL,
     client_id text NOT NULL,
     secret_stamp text NOT NULL,
     identifier text NOT NULL,
     resource text NOT NULL,
     scopes text[] NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz NOT NULL,
     revoked_at timestamptz,
     PRIMARY KEY (tenant_id, id),
     FOREIGN KEY (tenant_id, client_id) REFERENCES api_clients ON DELETE CASCADE
   )`,
  'CREATE INDEX agent_tokens_expired ON agent_tokens (tenant_id, expires_at)',
  `CREATE TABLE agent_grants (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     id text NOT NULL,
     identifier text NOT NULL,
     agent text NOT NULL,
     agent_name text NOT NULL,
     resource text NOT NULL,
     scopes text[] NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz NOT NULL,
     revoked_at timestamptz,
     challenged_token text,
     challenged_scope text,
     PRIMARY KEY (tenant_id, id)
   )`,
  'CREATE INDEX agent_grants_by_user ON agent_grants (tenant_id, identifier, id)',
  'CREATE INDEX agent_grants_expired ON agent_grants (tenant_id, expires_at)',
  // Of the installation's own tenant: an OAuth client or a browser session belongs to no tenant alone
  `CREATE TABLE oauth_server_records (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     kind text NOT NULL,
     id_hash bytea NOT NULL,
     payload jsonb NOT NULL,
     grant_hash bytea,
     uid_hash bytea,
     consumed_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     expires_at timestamptz,
     PRIMARY KEY (tenant_id, kind, id_hash)
   )`,
  'CREATE INDEX oauth_server_records_by_grant ON oauth_server_records (tenant_id, grant_hash) WHERE grant_hash IS NOT NULL',
  'CREATE INDEX oauth_server_records_by_uid ON oauth_server_records (tenant_id, uid_hash) WHERE uid_hash IS NOT NULL',
  'CREATE INDEX oauth_server_records_expired ON oauth_server_records (tenant_id, expires_at)',
];

const rowSecurity = (table: string): string[] => [
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY tenant_rows ON ${table} TO gatehouse_app
     USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))`,
  `CREATE POLICY system_rows ON ${table} TO gatehouse_system USING (true) WITH CHECK (true)`,
];

const GRANTS = [
  'GRANT SELECT, INSERT ON agent_settings TO gatehouse_app',
  'GRANT SELECT, INSERT, UPDATE (revoked_at) ON agent_tokens TO gatehouse_app',
  'GRANT SELECT, INSERT, UPDATE (revoked_at, challenged_token, challenged_scope) ON agent_grants TO gatehouse_app',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_server_records TO gatehouse_app',
  'GRANT SELECT ON agent_settings TO gatehouse_system',
  // Every request of an agent asks whether its token still holds; a job deletes what has run out
  'GRANT SELECT, DELETE ON agent_tokens, agent_grants, oauth_server_records TO gatehouse_system',
];
