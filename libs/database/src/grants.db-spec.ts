import { createTestDatabase, type TestDatabase } from '#app/testing';
import pg from 'pg';

/**
 * Everything that the two logins may do, all told. A new line here is a decision that a review has to see: the fewer rights, the
 * less a statement that slipped in can do.
 */
const GRANTS = [
  'gatehouse_app agent_grants: INSERT, SELECT, UPDATE (added_scopes, challenged_scope, challenged_token, revoked_at)',
  'gatehouse_app agent_issuers: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app agent_settings: INSERT, SELECT',
  'gatehouse_app agent_tokens: INSERT, SELECT, UPDATE (revoked_at)',
  'gatehouse_app api_clients: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app audit_events: INSERT, SELECT',
  'gatehouse_app connect_links: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app connected_accounts: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app connections: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app credential_refreshes: INSERT, SELECT, UPDATE',
  'gatehouse_app credentials: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app current_tenant(): EXECUTE',
  'gatehouse_app idempotency_keys: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app key_orders: INSERT, SELECT',
  'gatehouse_app oauth_flows: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app oauth_server_records: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app reseal_failures: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app signing_keys: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app tenant_keys: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app tenants: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app toolsets: DELETE, INSERT, SELECT, UPDATE (description, parts, updated_at, version)',
  'gatehouse_app upstream_revocations: INSERT, SELECT, UPDATE',
  'gatehouse_app vault_nodes: INSERT, SELECT',
  'gatehouse_app verification_requests: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app webhook_deliveries: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_app webhook_endpoints: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_system agent_grants: DELETE, SELECT',
  'gatehouse_system agent_settings: SELECT',
  'gatehouse_system agent_tokens: DELETE, SELECT',
  'gatehouse_system api_clients: SELECT',
  'gatehouse_system audit_drop_partitions(): EXECUTE',
  'gatehouse_system audit_ensure_partition(): EXECUTE',
  'gatehouse_system audit_events: INSERT, SELECT',
  'gatehouse_system connect_links: DELETE, SELECT',
  'gatehouse_system connected_accounts: SELECT',
  'gatehouse_system connections: SELECT',
  'gatehouse_system credential_refreshes: SELECT',
  'gatehouse_system credentials: SELECT',
  'gatehouse_system idempotency_keys: DELETE, SELECT',
  'gatehouse_system key_orders: DELETE, SELECT',
  'gatehouse_system oauth_flows: DELETE, SELECT',
  'gatehouse_system oauth_server_records: DELETE, SELECT',
  'gatehouse_system signing_keys: SELECT',
  'gatehouse_system tenant_keys: SELECT',
  'gatehouse_system tenants: SELECT',
  'gatehouse_system toolsets: SELECT',
  'gatehouse_system upstream_revocations: DELETE, SELECT, UPDATE (attempts, next_attempt_at)',
  'gatehouse_system vault_nodes: DELETE, INSERT, SELECT, UPDATE',
  'gatehouse_system verification_requests: DELETE, SELECT',
  'gatehouse_system webhook_deliveries: DELETE, SELECT, UPDATE (attempts, next_attempt_at)',
];

const FOUND = `
  SELECT format('%s %s: %s', grantee, object, string_agg(privilege, ', ' ORDER BY privilege)) AS granted FROM (
    SELECT grantee, table_name::text AS object, privilege_type::text AS privilege FROM information_schema.role_table_grants
    WHERE table_schema = 'public'
    UNION ALL
    SELECT grantee, table_name, format('%s (%s)', privilege_type, string_agg(column_name, ', ' ORDER BY column_name))
    FROM information_schema.role_column_grants c WHERE table_schema = 'public' AND NOT EXISTS (
      SELECT FROM information_schema.role_table_grants t WHERE t.grantee = c.grantee AND t.table_name = c.table_name
        AND t.table_schema = 'public' AND t.privilege_type = c.privilege_type)
    GROUP BY grantee, table_name, privilege_type
    UNION ALL
    SELECT grantee, routine_name || '()', privilege_type FROM information_schema.role_routine_grants
    WHERE routine_schema = 'public'
  ) AS grants WHERE grantee IN ('gatehouse_app', 'gatehouse_system', 'PUBLIC')
  GROUP BY grantee, object ORDER BY 1`;

describe('the rights of the logins', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  it('T2 are the ones listed, and the public has none', async () => {
    const { rows } = await owner.query<{ granted: string }>(FOUND);
    expect(rows.map(({ granted }) => granted)).toEqual(GRANTS);
  });

  it('T2 are on whole tables of this schema only: no right on any other schema, no right to grant', async () => {
    const { rows } = await owner.query(`
      SELECT nspname FROM pg_namespace, unnest(ARRAY['gatehouse_app', 'gatehouse_system']) AS role
      WHERE nspname !~ '^(pg_|information_schema$)' AND (nspname <> 'public' OR has_schema_privilege(role, oid, 'CREATE'))
      UNION ALL SELECT table_name FROM information_schema.role_table_grants
      WHERE grantee IN ('gatehouse_app', 'gatehouse_system') AND is_grantable = 'YES'`);
    expect(rows).toEqual([]);
  });
});
