import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the end users of a tenant sign in: its own OpenID Connect issuer. */
export class AgentIssuers20261125151100 implements MigrationInterface {
  name = 'AgentIssuers20261125151100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE agent_issuers');
  }
}

const UP = [
  `CREATE TABLE agent_issuers (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     issuer text NOT NULL,
     client_id text NOT NULL,
     identifier_claim text NOT NULL,
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id)
   )`,
  'ALTER TABLE agent_issuers ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE agent_issuers FORCE ROW LEVEL SECURITY',
  `CREATE POLICY tenant_rows ON agent_issuers TO gatehouse_app
     USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))`,
  'CREATE POLICY system_rows ON agent_issuers TO gatehouse_system USING (true) WITH CHECK (true)',
  'GRANT SELECT, INSERT, UPDATE, DELETE ON agent_issuers TO gatehouse_app',
];
