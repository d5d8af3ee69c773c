/**
 * How records travel to the database: one text for a whole batch, fields and records separated by control characters that no field
 * holds. Both ends handle it at a fraction of what JSON costs: here nothing is escaped, there nothing is looked up by name.
 */
export const RECORD_SEPARATOR = '\x1d';
export const ABSENT = '\x1e';
export const FIELD_SEPARATOR = '\x1f';

/** What must not occur in a field. */
export const RESERVED = new RegExp(`[${RECORD_SEPARATOR}${ABSENT}${FIELD_SEPARATOR}]`, 'g');

/** The fields of a record, in their order: columns of `audit_events`. */
export const FIELDS = [
  'id',
  'occurred_at',
  'kind',
  'type',
  'tenant_id',
  'source',
  'request_id',
  'execution_id',
  'client_id',
  'identifier',
  'account_id',
  'connection_id',
  'principal_id',
  'tool',
  'decision',
  'reason',
  'status',
  'error_code',
  'duration_ms',
  'upstream_status',
  'detail',
] as const;

export type Field = (typeof FIELDS)[number];

/** Follows the fields where a record is fenced: the place of its fence among those of the batch, from 1. */
export const FENCE_PLACE = `f[${FIELDS.length + 1}]::integer`;

/** The fields of a fence, in their order: what a call was decided on. */
export const FENCE_FIELDS = ['tenant_id', 'client_id', 'account_id', 'account_version', 'client_version'] as const;

type FenceField = (typeof FENCE_FIELDS)[number];

const TYPES: Partial<Record<Field | FenceField, string>> = {
  occurred_at: 'timestamptz',
  duration_ms: 'integer',
  upstream_status: 'integer',
  detail: 'jsonb',
  account_version: 'bigint',
  client_version: 'integer',
};

/** The field as SQL, of a line of records. */
export const fieldSql = (name: Field): string => typed(name, FIELDS.indexOf(name));

/** The field as SQL, of a line of fences. */
export const fenceSql = (name: FenceField): string => typed(name, FENCE_FIELDS.indexOf(name));

function typed(name: Field | FenceField, at: number): string {
  const type = TYPES[name];
  const value = `f[${at + 1}]`;
  return type === undefined ? value : `${value}::${type}`;
}

/** Reads the lines of a parameter, each with its place; only what is kept as it is (MATERIALIZED) takes each apart only once. */
export const linesOf = (parameter: '$1' | '$2'): string => `
  SELECT place, string_to_array(line, E'\\x1f', E'\\x1e') AS f
  FROM string_to_table(${parameter}::text, E'\\x1d') WITH ORDINALITY AS lines (line, place)`;
