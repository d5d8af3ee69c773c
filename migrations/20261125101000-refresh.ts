import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Credentials that are renewed: each refresh of an authorization makes a further generation of it. */
export class Refresh20261125101000 implements MigrationInterface {
  name = 'Refresh20261125101000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of GENERATIONS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE credentials DROP COLUMN generation, DROP COLUMN issued_at');
  }
}

const GENERATIONS = [
  `ALTER TABLE credentials
     ADD COLUMN generation bigint NOT NULL DEFAULT 0,
     ADD COLUMN issued_at timestamptz NOT NULL DEFAULT now()`,
];
