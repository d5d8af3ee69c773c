import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users sign in here before they follow a link that an agent showed them, and may allow an application more afterwards. */
export class SignInFirst20261126160000 implements MigrationInterface {
  name = 'SignInFirst20261126160000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  'ALTER TABLE connect_links ADD COLUMN sign_in boolean NOT NULL DEFAULT false',
  `ALTER TABLE agent_grants ADD COLUMN added_scopes text[] NOT NULL DEFAULT '{}'`,
  'GRANT UPDATE (added_scopes) ON agent_grants TO gatehouse_app',
];

const DOWN = ['ALTER TABLE agent_grants DROP COLUMN added_scopes', 'ALTER TABLE connect_links DROP COLUMN sign_in'];
