import type { TenantId } from '#app/kernel';
import type pg from 'pg';

/** Bookkeeping of the migrations, the key of the seal, the days that records are kept: no tenant's data, and no login may touch it. */
export const NOT_OF_TENANTS: readonly string[] = ['schema_migrations', 'tenant_seal_key', 'audit_retention'];

export interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** The first text that a check of this column allows. */
  readonly allowed: string | null;
}

/** Columns that must be given a value, in the order in which the tables were made, so that parents come first. */
export async function requiredColumns(owner: pg.Client): Promise<Map<string, Column[]>> {
  const { rows } = await owner.query<Column>(`
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type,
      (SELECT substring(min(pg_get_constraintdef(k.oid)) FROM $$'([^']*)'::text$$) FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]) AS allowed
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull AND NOT a.atthasdef
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.oid, a.attnum`);
  const found = new Map<string, Column[]>();
  for (const column of rows.filter(({ table }) => !NOT_OF_TENANTS.includes(table))) {
    found.set(column.table, [...(found.get(column.table) ?? []), column]);
  }
  return found;
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  'text[]': [],
  integer: 1,
  bigint: 1,
  jsonb: {},
  boolean: false,
  'timestamp with time zone': new Date(),
};

function sample(column: Column, tenant: TenantId, mark: string): unknown {
  if (column.name === 'tenant_id') return tenant;
  if (column.allowed !== null) return column.allowed;
  if (column.type === 'text') return mark;
  return column.type === 'bytea' ? Buffer.from(mark) : SAMPLES[column.type];
}

/** A row for the given table; texts are the `mark`. */
export function rowFor(table: string, columns: readonly Column[], tenant: TenantId, mark: string): [string, unknown[]] {
  const names = columns.map(({ name }) => name).join(', ');
  const marks = columns.map((_, index) => `$${index + 1}`).join(', ');
  const values = columns.map((column) => sample(column, tenant, mark));
  return [`INSERT INTO ${table} (${names}) VALUES (${marks})`, values];
}

/** One row in every table, found in the catalogue, so that a new table is covered by being there. */
export async function fillEveryTable(owner: pg.Client, tenant: TenantId, mark: string): Promise<void> {
  for (const [table, columns] of await requiredColumns(owner))
    await owner.query(...rowFor(table, columns, tenant, mark));
}
