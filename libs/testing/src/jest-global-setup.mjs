import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from '../../../scripts/build.mjs';

const TEMPLATE = 'gatehouse_template';

/**
 * One Postgres for the whole run, in a fresh folder, with one migrated database that every test file copies.
 * Jest does not compile this file, so it uses what the build made.
 */
export default async function globalSetup() {
  await buildIfStale({ tolerant: true });
  const { runMigrations, startEmbeddedPostgres } = await import('../../../dist/libs/database/src/index.js');
  const { MIGRATIONS } = await import('../../../dist/migrations/index.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-db-'));
  // As root the server runs as another account, which has to get through.
  chmodSync(dataDir, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir, log: (message) => process.stderr.write(`${message}\n`) });
  globalThis.gatehouseTestPostgres = { postgres, dataDir };
  process.env.GATEHOUSE_TEST_DATABASE_URL = postgres.url;
  await createDatabase(postgres.url, TEMPLATE);
  await runMigrations(withDatabase(postgres.url, TEMPLATE), MIGRATIONS);
}

async function createDatabase(url, name) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}

const withDatabase = (url, name) => url.replace(/^postgres:\/\/\/[^?]+/, `postgres:///${name}`);
