import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Toolsets: the tools of a tenant's connections that one kind of agent is given, under one URL. */
export class Toolsets20261126150000 implements MigrationInterface {
  name = 'Toolsets20261126150000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE toolsets');
  }
}

const UP = [
  `CREATE TABLE toolsets (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     id text NOT NULL,
     name text NOT NULL,
     description text NOT NULL DEFAULT '',
     version integer NOT NULL DEFAULT 1,
     parts jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, id)
   )`,
  'CREATE UNIQUE INDEX toolsets_name_unique ON toolsets (tenant_id, name)',
  // A URL names one before its tenant is known
  'CREATE INDEX toolsets_by_id ON toolsets (id, tenant_id)',
  'ALTER TABLE toolsets ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE toolsets FORCE ROW LEVEL SECURITY',
  `CREATE POLICY tenant_rows ON toolsets TO gatehouse_app
     USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))`,
  'CREATE POLICY system_rows ON toolsets TO gatehouse_system USING (true) WITH CHECK (true)',
  'GRANT SELECT, INSERT, DELETE, UPDATE (description, version, parts, updated_at) ON toolsets TO gatehouse_app',
  'GRANT SELECT ON toolsets TO gatehouse_system',
];
