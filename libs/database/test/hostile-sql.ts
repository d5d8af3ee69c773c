/** What statements are made of. */
export interface Vocabulary {
  readonly tables: readonly string[];
  readonly columns: readonly string[];
  readonly roles: readonly string[];
  /** Ids of tenants that the attacker knows, its own first. */
  readonly tenants: readonly string[];
  readonly login: string;
  readonly database: string;
}

type Pick = (from: readonly string[]) => string;

/**
 * Statements as somebody would send them who can run any SQL as one of the logins and wants more: another role, other policies,
 * another tenant's rows, files of the server. The same seed makes the same ones.
 *
 * What a role may do to itself in any Postgres is not among them: give up its own rights (`DROP OWNED`) or set its own defaults.
 */
export class HostileSql {
  private state: number;

  constructor(
    private readonly words: Vocabulary,
    seed: number,
  ) {
    this.state = seed;
  }

  /** Statements that are sent together: what stops at the first error, and shares a transaction unless it ends it. */
  next(count: number): string {
    return Array.from({ length: count }, () => this.one()).join('; ');
  }

  private one(): string {
    const kinds = [escapes, tampering, forging, reading, reading, inferring, files];
    const kind = kinds[Math.floor(this.random() * kinds.length)] as (typeof kinds)[number];
    const pick: Pick = (from) => from[Math.floor(this.random() * from.length)] as string;
    return pick(kind(pick, this.words));
  }

  /** Mulberry32. */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}

function escapes(pick: Pick, { roles, login }: Vocabulary): string[] {
  const role = `"${pick(roles)}"`;
  return [
    `SET ROLE ${role}`,
    'SET ROLE NONE',
    'RESET ROLE',
    'RESET ALL',
    'DISCARD ALL',
    `SET SESSION AUTHORIZATION ${role}`,
    'RESET SESSION AUTHORIZATION',
    `SELECT set_config('role', '${pick(roles)}', false)`,
    `SELECT set_config('session_authorization', '${pick(roles)}', false)`,
    `BEGIN; SET LOCAL ROLE ${role}; SET LOCAL row_security = off; COMMIT`,
    `GRANT ${role} TO "${login}"`,
    `GRANT "${login}" TO ${role}`,
    `ALTER ROLE "${login}" ${pick(['SUPERUSER', 'BYPASSRLS', 'CREATEROLE', 'REPLICATION'])}`,
    `ALTER ROLE ${role} PASSWORD 'guess'`,
    `CREATE ROLE intruder ${pick(['SUPERUSER', 'LOGIN', ''])} IN ROLE ${role}`,
    `REASSIGN OWNED BY ${role} TO "${login}"`,
  ];
}

function tampering(pick: Pick, { tables, login, database }: Vocabulary): string[] {
  const table = pick(tables);
  const policy = pick(['tenant_rows', 'system_rows']);
  return [
    `ALTER TABLE ${table} ${pick(['DISABLE', 'NO FORCE', 'ENABLE'])} ROW LEVEL SECURITY`,
    `DROP POLICY ${policy} ON ${table}`,
    `ALTER POLICY ${policy} ON ${table} USING (true)`,
    `CREATE POLICY open ON ${table} USING (true)`,
    `ALTER TABLE ${table} OWNER TO "${login}"`,
    `GRANT ALL ON ${table} TO ${pick(['PUBLIC', `"${login}"`])}`,
    `${pick(['TRUNCATE', 'DROP TABLE'])} ${table}`,
    `ALTER TABLE ${table} ADD COLUMN extra text`,
    `CREATE TRIGGER spy BEFORE INSERT ON ${table} EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    `CREATE RULE spy AS ON SELECT TO ${table} DO INSTEAD SELECT 1`,
    `CREATE ${pick(['', 'TEMP '])}TABLE ${pick(['loot', 'tenants'])} AS SELECT * FROM ${table}`,
    `CREATE ${pick(['', 'TEMP '])}VIEW loot AS SELECT * FROM ${table}`,
    `SELECT * INTO ${pick(['', 'TEMP '])}loot FROM ${table}`,
    `CREATE FUNCTION ${pick(['', 'pg_temp.'])}current_tenant() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT NULL::text'`,
    `CREATE OR REPLACE FUNCTION current_tenant() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'`,
    'ALTER FUNCTION current_tenant() SECURITY INVOKER',
    'DROP FUNCTION current_tenant()',
    `SELECT audit_drop_partitions('2999-01-01')`,
    `UPDATE audit_retention SET days = -1`,
    `CREATE SCHEMA ${pick(['loot', 'pg_temp_9'])}`,
    `CREATE EXTENSION ${pick(['dblink', 'file_fdw', 'plpython3u', 'pgcrypto', 'hstore'])}`,
    `ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC`,
    `ALTER DATABASE "${database}" SET gatehouse.tenant_id = 'x'`,
    `DO $$ BEGIN EXECUTE 'ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY'; END $$`,
    `UPDATE pg_policy SET polqual = NULL`,
    `DELETE FROM pg_policy`,
  ];
}

function forging(pick: Pick, { tenants }: Vocabulary): string[] {
  const tenant = pick(tenants);
  const guess = pick(['', 'x', '0'.repeat(64)]);
  return [
    `SET gatehouse.tenant_id = '${tenant}'`,
    `SELECT set_config('gatehouse.tenant_id', '${tenant}', ${pick(['true', 'false'])})`,
    `SELECT set_config('gatehouse.tenant_seal', '${guess}', ${pick(['true', 'false'])})`,
    `SELECT set_config('gatehouse.tenant_seal', encode(sha256('${tenant}'), 'hex'), false)`,
    `SELECT set_config('gatehouse.tenant_id', '${tenant}', false), set_config('gatehouse.tenant_seal', NULL, false)`,
    `BEGIN; SET LOCAL gatehouse.tenant_id = '${tenant}'; SELECT * FROM tenants; COMMIT`,
    `SELECT current_tenant()`,
    'SELECT * FROM tenant_seal_key',
    `SET row_security = ${pick(['on', 'off'])}`,
    `SET search_path = ${pick(['pg_temp', 'pg_catalog', 'public', '"$user"'])}, public`,
    `SET session_replication_role = ${pick(['replica', 'local'])}`,
    `SET ${pick(['allow_system_table_mods', 'zero_damaged_pages', 'ignore_system_indexes'])} = on`,
    `SET ${pick(['enable_seqscan', 'enable_indexscan', 'jit'])} = ${pick(['on', 'off'])}`,
    `LOAD '${pick(['plpgsql', 'auto_explain', '/tmp/evil.so'])}'`,
  ];
}

function reading(pick: Pick, { tables, columns, tenants }: Vocabulary): string[] {
  const table = pick(tables);
  const column = pick(columns);
  const other = pick(tenants);
  return [
    `SELECT * FROM ${table}`,
    `SELECT row_to_json(t) FROM ${table} t`,
    `SELECT t::text FROM ${table} t WHERE tenant_id <> '${tenants[0]}'`,
    `SELECT ${column} FROM ${table} WHERE tenant_id = '${other}'`,
    `SELECT * FROM ${table} TABLESAMPLE SYSTEM (100)`,
    `SELECT * FROM ${table} a FULL JOIN ${pick(tables)} b USING (tenant_id)`,
    `SELECT query_to_xml('SELECT * FROM ${table}', true, true, '')`,
    `SELECT ${pick([`table_to_xml('${table}', true, true, '')`, `schema_to_xml('public', true, true, '')`])}`,
    `SELECT * FROM ${table} FOR ${pick(['UPDATE', 'SHARE'])}`,
    `WITH RECURSIVE r AS (SELECT tenant_id FROM ${table} UNION SELECT tenant_id FROM r) SELECT * FROM r`,
    `UPDATE ${table} SET tenant_id = '${tenants[0]}' WHERE tenant_id <> '${tenants[0]}' RETURNING *`,
    `UPDATE ${table} SET ${column} = ${column} RETURNING *`,
    `DELETE FROM ${table} WHERE tenant_id <> '${tenants[0]}' RETURNING *`,
    `INSERT INTO ${table} (tenant_id) VALUES ('${other}') ON CONFLICT DO NOTHING RETURNING *`,
    `MERGE INTO ${table} t USING tenants s ON true WHEN MATCHED THEN DELETE`,
    `COPY ${table} TO STDOUT`,
    `COPY (SELECT * FROM ${table}) TO STDOUT`,
    `DECLARE loot CURSOR WITH HOLD FOR SELECT * FROM ${table}; FETCH ALL FROM loot; CLOSE ALL`,
    `PREPARE p AS SELECT * FROM ${table}; EXECUTE p; DEALLOCATE ALL`,
    `EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM ${table}`,
    `SELECT lo_from_bytea(0, (SELECT string_agg(t::text, ',')::bytea FROM ${table} t))`,
  ];
}

/** What errors, statistics and other people's sessions could tell. */
function inferring(pick: Pick, { tables, columns, tenants }: Vocabulary): string[] {
  const table = pick(tables);
  const column = pick(columns);
  const catalog = pick([
    'pg_stats',
    'pg_statistic',
    'pg_stats_ext',
    'pg_authid',
    'pg_shadow',
    'pg_stat_activity',
    'pg_largeobject',
    'pg_prepared_statements',
    'pg_cursors',
    'pg_settings',
    'pg_policies',
    'pg_stat_user_tables',
    'pg_hba_file_rules',
    'pg_file_settings',
    'pg_replication_slots',
    'pg_user_mappings',
    'information_schema.columns',
  ]);
  return [
    `SELECT * FROM ${catalog}`,
    `SELECT * FROM ${table} WHERE ${column}::text::int > 0`,
    `SELECT * FROM ${table} WHERE (${column}::text || 'x')::jsonb IS NOT NULL`,
    `SELECT 1 / (SELECT count(*) FROM ${table} WHERE tenant_id = '${pick(tenants)}' AND ${column}::text::int = 0)`,
    `DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM ${table} LOOP RAISE EXCEPTION '%', r; END LOOP; END $$`,
    `INSERT INTO ${table} SELECT * FROM ${table} RETURNING *`,
    `SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename = '${table}'`,
    `ANALYZE VERBOSE ${table}`,
    `SELECT pg_get_functiondef('current_tenant'::regproc)`,
    `SELECT pg_relation_filepath('${table}')`,
  ];
}

function files(pick: Pick, { tables }: Vocabulary): string[] {
  const file = pick(['PG_VERSION', '/etc/passwd', 'global/1260', 'pg_hba.conf', '../../master.key']);
  return [
    `SELECT ${pick(['pg_read_file', 'pg_read_binary_file', 'pg_stat_file', 'lo_import'])}('${file}')`,
    `SELECT ${pick(['pg_ls_dir', 'pg_ls_logdir', 'pg_ls_waldir'])}(${pick(["'.'", ''])})`,
    `COPY ${pick(tables)} TO PROGRAM 'cat > /tmp/loot'`,
    `COPY ${pick(tables)} TO '/tmp/loot'`,
    `COPY ${pick(tables)} FROM '${file}'`,
    `SELECT lo_export(1, '/tmp/loot')`,
    `SELECT ${pick(['pg_reload_conf', 'pg_rotate_logfile', 'pg_switch_wal', 'pg_promote'])}()`,
    `SELECT pg_create_physical_replication_slot('loot')`,
    `SELECT pg_logical_emit_message(false, 'loot', 'x')`,
    `ALTER SYSTEM SET fsync = off`,
    `CHECKPOINT`,
    `CREATE SUBSCRIPTION loot CONNECTION 'host=127.0.0.1' PUBLICATION loot`,
    `CREATE SERVER loot FOREIGN DATA WRAPPER dblink_fdw`,
    `CREATE TABLESPACE loot LOCATION '/tmp'`,
    `CREATE DATABASE loot`,
  ];
}
