import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Credentials that are renewed: each refresh of an authorization makes a further generation of it. Who may do that, and what was
 * sent to the provider, is kept in a row per account.
 */
export class Refresh20261125101000 implements MigrationInterface {
  name = 'Refresh20261125101000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [GENERATIONS, JOURNAL, ...ROW_SECURITY, ...GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE credential_refreshes');
    await runner.query('ALTER TABLE credentials DROP COLUMN generation, DROP COLUMN issued_at');
  }
}

const GENERATIONS = `
  ALTER TABLE credentials
    ADD COLUMN generation bigint NOT NULL DEFAULT 0,
    ADD COLUMN issued_at timestamptz NOT NULL DEFAULT now()`;

const JOURNAL = `
  CREATE TABLE credential_refreshes (
    tenant_id text NOT NULL,
    account_id text NOT NULL,
    version bigint NOT NULL,
    generation bigint NOT NULL,
    fence bigint NOT NULL,
    owner text,
    lease_expires_at timestamptz,
    state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'sending', 'unanswered')),
    attempt bigint,
    first_sent_at timestamptz,
    sent_at timestamptz,
    sent_count integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    result text,
    result_code text,
    finished_at timestamptz,
    refreshed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES connected_accounts ON DELETE CASCADE
  )`;

const ROW_SECURITY = [
  'ALTER TABLE credential_refreshes ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE credential_refreshes FORCE ROW LEVEL SECURITY',
  `CREATE POLICY tenant_rows ON credential_refreshes TO gatehouse_app
     USING (tenant_id = current_setting('gatehouse.tenant_id', true))
     WITH CHECK (tenant_id = current_setting('gatehouse.tenant_id', true))`,
  'CREATE POLICY system_rows ON credential_refreshes TO gatehouse_system USING (true) WITH CHECK (true)',
];

const GRANTS = [
  'GRANT SELECT, INSERT, UPDATE ON credential_refreshes TO gatehouse_app',
  // Those who wait for another node look, and the job finds what is left over
  'GRANT SELECT ON credential_refreshes TO gatehouse_system',
];
