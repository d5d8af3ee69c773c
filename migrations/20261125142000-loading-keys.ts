import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A node names the tenants whose staged key it has still to load. Until now it had one number for all of them, so that one key that
 * can't be loaded held up the rotations of every other tenant. Null where a node of the release before writes the row: its one
 * number counts then, and it goes on being written for nodes of that release which read it.
 */
export class LoadingKeys20261125142000 implements MigrationInterface {
  name = 'LoadingKeys20261125142000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vault_nodes ADD COLUMN loading text[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE vault_nodes DROP COLUMN loading');
  }
}
