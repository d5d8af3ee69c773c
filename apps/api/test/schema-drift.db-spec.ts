import { createTestDatabase, type TestDatabase } from '#app/testing';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../src/schema.js';

/** What the migrations make and the entities do not tell. TypeORM would remove it; nothing ever lets it. */
const ACCEPTED = [
  // Foreign keys that cross libraries: oauth and vault must not import the entity of identity's tenants
  'ALTER TABLE "connections" DROP CONSTRAINT "connections_tenant_id_fkey"',
  'ALTER TABLE "tenant_keys" DROP CONSTRAINT "tenant_keys_tenant_id_fkey"',
  'ALTER TABLE "upstream_revocations" DROP CONSTRAINT "upstream_revocations_tenant_id_fkey"',
  'ALTER TABLE "webhook_endpoints" DROP CONSTRAINT "webhook_endpoints_tenant_id_fkey"',
  'ALTER TABLE "toolsets" DROP CONSTRAINT "toolsets_tenant_id_fkey"',
  // Checks: the types of the columns say the same in TypeScript, the database holds every other writer to it
  'ALTER TABLE "tenants" DROP CONSTRAINT "tenants_status_check"',
  'ALTER TABLE "api_clients" DROP CONSTRAINT "api_clients_status_check"',
  'ALTER TABLE "connections" DROP CONSTRAINT "connections_status_check"',
  'ALTER TABLE "connections" DROP CONSTRAINT "connections_user_verification_check"',
  'ALTER TABLE "connected_accounts" DROP CONSTRAINT "connected_accounts_status_check"',
  'ALTER TABLE "credentials" DROP CONSTRAINT "credentials_slot_check"',
  'ALTER TABLE "credential_refreshes" DROP CONSTRAINT "credential_refreshes_state_check"',
  'ALTER TABLE "tenant_keys" DROP CONSTRAINT "tenant_keys_version_check"',
  'ALTER TABLE "tenant_keys" DROP CONSTRAINT "tenant_keys_state_check"',
  'ALTER TABLE "tenant_keys" DROP CONSTRAINT "tenant_keys_destroyed_check"',
  'ALTER TABLE "webhook_endpoints" DROP CONSTRAINT "webhook_endpoints_status_check"',
  'ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "webhook_deliveries_state_check"',
  'ALTER TABLE "upstream_revocations" DROP CONSTRAINT "upstream_revocations_scope_check"',
  'ALTER TABLE "upstream_revocations" DROP CONSTRAINT "upstream_revocations_spares_check"',
  'ALTER TABLE "upstream_revocations" DROP CONSTRAINT "upstream_revocations_state_check"',
];

/** Tables of prepared statements and of TypeORM itself. */
const WITHOUT_ENTITY = [
  // The trail is written and read with statements of its own, partition by partition
  /^audit_events(_\d{8})?$/,
  'idempotency_keys',
  'agent_settings',
  'agent_tokens',
  'agent_grants',
  'agent_issuers',
  'oauth_server_records',
  'vault_nodes',
  'key_orders',
  'reseal_failures',
  'schema_migrations',
  'tenant_seal_key',
  'audit_retention',
];

describe('the entities and the migrations', () => {
  let database: TestDatabase;
  let source: DataSource;
  beforeEach(async () => {
    database = await createTestDatabase();
    source = new DataSource({
      type: 'postgres',
      driver: pg,
      extra: { connectionString: database.url },
      entities: [...ENTITIES],
      installExtensions: false,
    });
    await source.initialize();
  });
  afterEach(async () => {
    await source.destroy();
    await database.drop();
  });

  const differences = async (): Promise<string[]> =>
    (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

  it('describe the same schema, but for what is listed', async () => {
    expect((await differences()).toSorted()).toEqual(ACCEPTED.toSorted());
  });

  it.each([
    ['a column that may be empty', 'ALTER TABLE tenants ALTER name DROP NOT NULL', /"tenants".*"name"/],
    ['a column that is gone', 'ALTER TABLE credentials DROP COLUMN sealed', /"credentials".*"sealed"/],
    ['a default', `ALTER TABLE api_clients ALTER status SET DEFAULT 'disabled'`, /"api_clients".*"status"/],
    ['an index', 'DROP INDEX oauth_flows_by_state', /oauth_flows_by_state/],
    ['a foreign key', 'ALTER TABLE credentials DROP CONSTRAINT credentials_tenant_id_account_id_fkey', /"credentials"/],
  ])('differ when they disagree on %s', async (_, change, named) => {
    await source.query(change);
    const found = (await differences()).filter((query) => !ACCEPTED.includes(query));
    expect(found.join('\n')).toMatch(named);
  });

  it('name the same tables, but for those that are not TypeORM’s', async () => {
    const rows: { name: string }[] = await source.query(
      `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
    );
    const known = new Set(source.entityMetadatas.map(({ tableName }) => tableName));
    const others = rows.map(({ name }) => name).filter((name) => !known.has(name));
    const accepted = (name: string): boolean =>
      WITHOUT_ENTITY.some((each) => (typeof each === 'string' ? each === name : each.test(name)));
    expect(others.filter((name) => !accepted(name))).toEqual([]);
  });
});
