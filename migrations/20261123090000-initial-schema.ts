import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The schema that everything else stands on.
 *
 * Two roles, neither of which owns a table nor may bypass row-level security:
 * - `gatehouse_app`: the control plane. Sees the rows of the tenant named in the setting `gatehouse.tenant_id` of its
 *   transaction, and nothing when the setting is missing.
 * - `gatehouse_system`: the hot path, the look-ups made before a tenant is known (client id, connect link, OAuth state) and the
 *   jobs. Few grants, statements with an explicit tenant predicate; it may add audit records and read them, never change them.
 */
export class InitialSchema20261123090000 implements MigrationInterface {
  name = 'InitialSchema20261123090000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ROLES, ...TABLES, ...AUDIT, ...ROW_SECURITY, ...GRANTS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['audit_events', ...TENANT_TABLES]) await runner.query(`DROP TABLE ${table} CASCADE`);
    await runner.query('DROP FUNCTION audit_ensure_partition(date), audit_drop_partitions(date)');
  }
}

const createRole = (role: string): string => `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
      CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END $$`;

/** An administrator may have made and granted the roles for an owner that may not do so itself; the pools find out at connect. */
const GRANT_ROLES = `
  DO $$ BEGIN
    GRANT gatehouse_app, gatehouse_system TO CURRENT_USER;
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END $$`;

/** Roles are shared by all databases of a server, so they may exist already. The pools enter them by `SET ROLE` at connect. */
const ROLES = [createRole('gatehouse_app'), createRole('gatehouse_system'), GRANT_ROLES];

const TENANT_TABLES = [
  'tenants',
  'tenant_keys',
  'signing_keys',
  'api_clients',
  'connections',
  'connected_accounts',
  'credentials',
  'connect_links',
  'oauth_flows',
  'verification_requests',
  'idempotency_keys',
];

const TABLES = [
  `CREATE TABLE tenants (
     tenant_id text PRIMARY KEY,
     name text NOT NULL,
     status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
     audit_full_payloads boolean NOT NULL DEFAULT false,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE tenant_keys (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     version integer NOT NULL CHECK (version > 0),
     wrapped_key bytea NOT NULL,
     kek_id text NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, version)
   )`,
  `CREATE TABLE signing_keys (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     kid text NOT NULL,
     algorithm text NOT NULL,
     public_jwk jsonb NOT NULL,
     private_key_sealed bytea NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, kid)
   )`,
  `CREATE TABLE api_clients (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     id text NOT NULL,
     name text NOT NULL,
     secret_hash bytea NOT NULL,
     permissions text[] NOT NULL,
     allowed_tools text[],
     status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, id)
   )`,
  'CREATE UNIQUE INDEX api_clients_by_id ON api_clients (id, tenant_id)',
  `CREATE TABLE connections (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     id text NOT NULL,
     name text NOT NULL,
     connector text NOT NULL,
     status text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
     oauth_client_id text NOT NULL,
     client_secret_sealed bytea NOT NULL,
     secret_version integer NOT NULL DEFAULT 1,
     params jsonb NOT NULL DEFAULT '{}',
     endpoints jsonb NOT NULL DEFAULT '{}',
     scopes text[] NOT NULL DEFAULT '{}',
     user_verification text NOT NULL DEFAULT 'optional' CHECK (user_verification IN ('optional', 'required')),
     sandbox boolean NOT NULL DEFAULT false,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, id),
     CONSTRAINT connections_name_unique UNIQUE (tenant_id, name)
   )`,
  `CREATE TABLE connected_accounts (
     tenant_id text NOT NULL,
     id text NOT NULL,
     connection_id text NOT NULL,
     identifier text NOT NULL,
     organization_id text NOT NULL DEFAULT '',
     status text NOT NULL DEFAULT 'PENDING_AUTH'
       CHECK (status IN ('PENDING_AUTH', 'PENDING_VERIFICATION', 'ACTIVE', 'EXPIRED', 'DISCONNECTED')),
     status_reason text,
     version bigint NOT NULL DEFAULT 1,
     principal jsonb,
     granted_scopes text[] NOT NULL DEFAULT '{}',
     params jsonb NOT NULL DEFAULT '{}',
     token_expires_at timestamptz,
     verification_asked boolean NOT NULL DEFAULT false,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, id),
     CONSTRAINT connected_accounts_key UNIQUE (tenant_id, connection_id, identifier, organization_id),
     FOREIGN KEY (tenant_id, connection_id) REFERENCES connections ON DELETE CASCADE
   )`,
  'CREATE INDEX connected_accounts_by_identifier ON connected_accounts (tenant_id, identifier)',
  `CREATE TABLE credentials (
     tenant_id text NOT NULL,
     account_id text NOT NULL,
     slot text NOT NULL CHECK (slot IN ('active', 'pending')),
     version bigint NOT NULL,
     sealed bytea NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, account_id, slot),
     FOREIGN KEY (tenant_id, account_id) REFERENCES connected_accounts ON DELETE CASCADE
   )`,
  `CREATE TABLE connect_links (
     tenant_id text NOT NULL,
     link_hash bytea NOT NULL,
     account_id text NOT NULL,
     connection_id text NOT NULL,
     caller_state text,
     user_verify_url text,
     claimed_by bytea,
     recorded_opens integer NOT NULL DEFAULT 0,
     completed_at timestamptz,
     expires_at timestamptz NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, link_hash),
     FOREIGN KEY (tenant_id, account_id) REFERENCES connected_accounts ON DELETE CASCADE
   )`,
  'CREATE UNIQUE INDEX connect_links_by_hash ON connect_links (link_hash, tenant_id)',
  `CREATE TABLE oauth_flows (
     tenant_id text NOT NULL,
     state_hash bytea NOT NULL,
     link_hash bytea NOT NULL,
     browser_hash bytea NOT NULL,
     account_id text NOT NULL,
     connection_id text NOT NULL,
     pkce_verifier_sealed bytea,
     expires_at timestamptz NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, state_hash),
     FOREIGN KEY (tenant_id, link_hash) REFERENCES connect_links ON DELETE CASCADE
   )`,
  'CREATE UNIQUE INDEX oauth_flows_by_state ON oauth_flows (state_hash, tenant_id)',
  `CREATE TABLE verification_requests (
     tenant_id text NOT NULL,
     request_hash bytea NOT NULL,
     account_id text NOT NULL,
     credential_version bigint NOT NULL,
     principal jsonb NOT NULL,
     granted_scopes text[] NOT NULL DEFAULT '{}',
     params jsonb NOT NULL DEFAULT '{}',
     token_expires_at timestamptz,
     expires_at timestamptz NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, request_hash),
     FOREIGN KEY (tenant_id, account_id) REFERENCES connected_accounts ON DELETE CASCADE
   )`,
  `CREATE TABLE idempotency_keys (
     tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
     client_id text NOT NULL,
     key text NOT NULL,
     request_hash bytea NOT NULL,
     execution_id text NOT NULL,
     response jsonb,
     expires_at timestamptz NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, client_id, key)
   )`,
];

/**
 * The trail: one row per intent, outcome, denial or lifecycle event, in one partition per UTC day. Ids are ULIDs, so the
 * primary key is also the order of time. Partitions are made ahead and dropped by the two functions, which run as the owner:
 * no role of the application can change or delete a record.
 */
const AUDIT = [
  `CREATE TABLE audit_events (
     tenant_id text NOT NULL,
     id text NOT NULL,
     occurred_at timestamptz NOT NULL,
     kind text NOT NULL CHECK (kind IN ('intent', 'outcome', 'denial', 'event')),
     type text NOT NULL,
     source text NOT NULL,
     request_id text NOT NULL,
     execution_id text,
     client_id text,
     identifier text,
     account_id text,
     connection_id text,
     principal_id text,
     tool text,
     decision text,
     reason text,
     status text,
     error_code text,
     duration_ms integer,
     upstream_status integer,
     detail jsonb NOT NULL DEFAULT '{}',
     PRIMARY KEY (tenant_id, id, occurred_at)
   ) PARTITION BY RANGE (occurred_at)`,
  'CREATE INDEX audit_events_by_execution ON audit_events (tenant_id, execution_id) WHERE execution_id IS NOT NULL',
  `CREATE FUNCTION audit_ensure_partition(day date) RETURNS void
   LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
   DECLARE part text := 'audit_events_' || to_char(day, 'YYYYMMDD');
   BEGIN
     IF to_regclass('public.' || part) IS NOT NULL THEN RETURN; END IF;
     EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_events FOR VALUES FROM (%L) TO (%L)',
       part, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
     EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
     EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', part);
   EXCEPTION WHEN duplicate_table THEN NULL;
   END $$`,
  `CREATE FUNCTION audit_drop_partitions(before date) RETURNS text[]
   LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
   DECLARE part text; dropped text[] := '{}';
   BEGIN
     FOR part IN
       SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'public.audit_events'::regclass
         AND c.relname ~ '^audit_events_[0-9]{8}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
       ORDER BY c.relname
     LOOP
       EXECUTE format('DROP TABLE public.%I', part);
       dropped := dropped || part;
     END LOOP;
     RETURN dropped;
   END $$`,
  `SELECT audit_ensure_partition((now() AT TIME ZONE 'UTC')::date + n) FROM generate_series(-1, 7) AS n`,
];

const rowSecurity = (table: string): string[] => [
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
  `CREATE POLICY tenant_rows ON ${table} TO gatehouse_app
     USING (tenant_id = current_setting('gatehouse.tenant_id', true))
     WITH CHECK (tenant_id = current_setting('gatehouse.tenant_id', true))`,
  `CREATE POLICY system_rows ON ${table} TO gatehouse_system USING (true) WITH CHECK (true)`,
];

const ROW_SECURITY = [...TENANT_TABLES, 'audit_events'].flatMap(rowSecurity);

const GRANTS = [
  'GRANT USAGE ON SCHEMA public TO gatehouse_app, gatehouse_system',
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ${TENANT_TABLES.join(', ')} TO gatehouse_app`,
  'GRANT SELECT, INSERT ON audit_events TO gatehouse_app, gatehouse_system',
  `GRANT SELECT ON tenants, tenant_keys, signing_keys, api_clients, connections, connected_accounts, credentials,
     connect_links, oauth_flows, verification_requests TO gatehouse_system`,
  'GRANT DELETE ON connect_links, oauth_flows, verification_requests, idempotency_keys TO gatehouse_system',
  'GRANT SELECT ON idempotency_keys TO gatehouse_system',
  'REVOKE ALL ON FUNCTION audit_ensure_partition(date), audit_drop_partitions(date) FROM PUBLIC',
  'GRANT EXECUTE ON FUNCTION audit_ensure_partition(date), audit_drop_partitions(date) TO gatehouse_system',
];
