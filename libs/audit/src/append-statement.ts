import { FENCE_PLACE, fenceSql, FIELDS, fieldSql, linesOf } from './record-lines.js';

const COLUMNS = FIELDS.join(', ');
const VALUES = FIELDS.map(fieldSql).join(', ');

/** What the statement says of a fence that holds. */
export const HOLDS = 'holds';

/** What becomes of a fence: why it refuses, or that it holds. One row, whatever is missing. */
const VERDICT = `
  SELECT CASE
      WHEN tenant.status = 'shredded' THEN 'tenant_shredded'
      WHEN tenant.status IS DISTINCT FROM 'active' THEN 'tenant_suspended'
      WHEN ${fenceSql('client_version')} IS NOT NULL AND client.status IS DISTINCT FROM 'active' THEN 'client_disabled'
      WHEN ${fenceSql('client_version')} <> client.version THEN 'client_changed'
      WHEN account.id IS NULL THEN 'account_missing'
      WHEN account.status <> 'ACTIVE' THEN 'account_inactive'
      WHEN ${fenceSql('account_version')} IS DISTINCT FROM account.version THEN 'account_changed'
      WHEN connection.status IS DISTINCT FROM 'enabled' THEN 'connection_disabled'
      ELSE '${HOLDS}'
    END
  FROM (SELECT) AS one_row
  LEFT JOIN tenants tenant ON tenant.tenant_id = ${fenceSql('tenant_id')}
  LEFT JOIN api_clients client ON client.tenant_id = ${fenceSql('tenant_id')} AND client.id = ${fenceSql('client_id')}
  LEFT JOIN connected_accounts account
    ON account.tenant_id = ${fenceSql('tenant_id')} AND account.id = ${fenceSql('account_id')}
  LEFT JOIN connections connection
    ON connection.tenant_id = account.tenant_id AND connection.id = account.connection_id`;

/**
 * Authorises and records in one statement: a fenced record is inserted only if the tenant, the API client, the account and its
 * connection are, at this moment, what the call was decided on. Its snapshot is taken when it starts, so that a revoke that has
 * returned is always seen, by every node, whatever is cached.
 *
 * Two parameters: records, each with the place of its fence, and the fences, each once however many records rest on it. One row
 * back: how many records there were, and the verdicts on the fences. Every fence looks its rows up by key: a join of them all would
 * be planned for tables of one size and run on tables of another. A place without a verdict inserts nothing.
 */
export const APPEND = {
  name: 'audit_append',
  text: `
    WITH fence AS MATERIALIZED (${linesOf('$2')}
    ), judged AS MATERIALIZED (
      SELECT array_agg((${VERDICT}) ORDER BY place) AS verdicts FROM fence
    ), record AS MATERIALIZED (${linesOf('$1')}
    ), written AS (
      INSERT INTO audit_events (${COLUMNS})
      SELECT ${VALUES} FROM record
      WHERE ${FENCE_PLACE} IS NULL OR (SELECT verdicts FROM judged)[${FENCE_PLACE}] = '${HOLDS}'
    )
    SELECT (SELECT count(*)::integer FROM record) AS records, verdicts FROM judged`,
} as const;

/** The verdict on one fence, as it is now; the first parameter. Nothing is written. */
export const JUDGE = {
  name: 'audit_judge',
  text: `SELECT (${VERDICT}) AS verdict FROM (${linesOf('$1')}) AS fence`,
} as const;

/** Records without a fence, as part of a tenant's own transaction; the first parameter. */
export const INSERT_EVENTS = `
  WITH record AS MATERIALIZED (${linesOf('$1')}
  )
  INSERT INTO audit_events (${COLUMNS}) SELECT ${VALUES} FROM record`;
