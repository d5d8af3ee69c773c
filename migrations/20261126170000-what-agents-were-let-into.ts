import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * For which connection or toolset a token was made or a user said yes, besides its URL: another may have that URL later. Null where the
 * release before this one made it.
 */
export class WhatAgentsWereLetInto20261126170000 implements MigrationInterface {
  name = 'WhatAgentsWereLetInto20261126170000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} ADD COLUMN resource_id text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} DROP COLUMN resource_id`);
  }
}

const TABLES = ['agent_tokens', 'agent_grants'];
