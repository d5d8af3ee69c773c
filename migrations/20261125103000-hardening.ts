import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where browsers may be sent, who verifies users by default, and which scopes a flow has asked for.
 *
 * A tenant's list is empty at first: links with a `user_verify_url` from before lead nowhere until it is filled.
 */
export class Hardening20261125103000 implements MigrationInterface {
  name = 'Hardening20261125103000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const VERIFICATION = (values: string): string[] => [
  'ALTER TABLE connections DROP CONSTRAINT connections_user_verification_check',
  `ALTER TABLE connections ADD CONSTRAINT connections_user_verification_check CHECK (user_verification IN (${values}))`,
];

const UP = [
  `ALTER TABLE tenants
     ADD COLUMN redirect_allow_list text[] NOT NULL DEFAULT '{}',
     ADD COLUMN default_user_verify_url text`,
  ...VERIFICATION(`'optional', 'required', 'off'`),
  // Null for a flow of the release before, which lives for ten minutes at most
  'ALTER TABLE oauth_flows ADD COLUMN asked_scopes text[]',
];

const DOWN = [
  'ALTER TABLE oauth_flows DROP COLUMN asked_scopes',
  // The owner sees no row either while row-level security is forced
  'ALTER TABLE connections NO FORCE ROW LEVEL SECURITY',
  `UPDATE connections SET user_verification = 'optional' WHERE user_verification = 'off'`,
  'ALTER TABLE connections FORCE ROW LEVEL SECURITY',
  ...VERIFICATION(`'optional', 'required'`),
  'ALTER TABLE tenants DROP COLUMN redirect_allow_list, DROP COLUMN default_user_verify_url',
];
