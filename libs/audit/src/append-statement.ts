import { FIELDS, fieldSql, RECORDS } from './record-lines.js';

const STORED = FIELDS.filter((name) => name !== 'account_version' && name !== 'client_version');
const COLUMNS = STORED.join(', ');
const VALUES = STORED.map(fieldSql).join(', ');

const ACCOUNT_VERSION = fieldSql('account_version');
const CLIENT_VERSION = fieldSql('client_version');

/** Why a fenced record is refused; null when it is not. One row, whatever is missing. */
const REFUSAL = `
  SELECT CASE
      WHEN tenant.status = 'shredded' THEN 'tenant_shredded'
      WHEN tenant.status IS DISTINCT FROM 'active' THEN 'tenant_suspended'
      WHEN ${CLIENT_VERSION} IS NOT NULL AND client.status IS DISTINCT FROM 'active' THEN 'client_disabled'
      WHEN ${CLIENT_VERSION} <> client.version THEN 'client_changed'
      WHEN account.id IS NULL THEN 'account_missing'
      WHEN account.status <> 'ACTIVE' THEN 'account_inactive'
      WHEN ${ACCOUNT_VERSION} IS DISTINCT FROM account.version THEN 'account_changed'
      WHEN connection.status IS DISTINCT FROM 'enabled' THEN 'connection_disabled'
    END
  FROM (SELECT) AS one_row
  LEFT JOIN tenants tenant ON tenant.tenant_id = ${fieldSql('tenant_id')}
  LEFT JOIN api_clients client ON client.tenant_id = ${fieldSql('tenant_id')} AND client.id = ${fieldSql('client_id')}
  LEFT JOIN connected_accounts account
    ON account.tenant_id = ${fieldSql('tenant_id')} AND account.id = ${fieldSql('account_id')}
  LEFT JOIN connections connection
    ON connection.tenant_id = account.tenant_id AND connection.id = account.connection_id`;

/**
 * Authorises and records in one statement: a fenced record (one with an account version) is inserted only if the tenant, the API
 * client, the account and its connection are, at this moment, what the call was decided on. Its snapshot is taken when it starts,
 * so that a revoke that has returned is always seen, by every node, whatever is cached.
 *
 * One parameter: records, as {@link RECORDS} reads them. One row back: how many there were, the places of those that were refused
 * (from 1), and why each was. Only fenced records look anything up, each by key: a join of the batch would be planned for tables
 * of one size and run on tables of another.
 */
export const APPEND = {
  name: 'audit_append',
  text: `
    WITH judged AS MATERIALIZED (
      SELECT place, f, CASE WHEN ${ACCOUNT_VERSION} IS NOT NULL THEN (${REFUSAL}) END AS refusal FROM ${RECORDS}
    ), written AS (
      INSERT INTO audit_events (${COLUMNS}) SELECT ${VALUES} FROM judged WHERE refusal IS NULL
    )
    SELECT count(*)::integer AS records,
      array_agg(place::integer ORDER BY place) FILTER (WHERE refusal IS NOT NULL) AS places,
      array_agg(refusal ORDER BY place) FILTER (WHERE refusal IS NOT NULL) AS refusals
    FROM judged`,
} as const;

/** Records without a fence, as part of a tenant's own transaction; the same parameter. */
export const INSERT_EVENTS = `INSERT INTO audit_events (${COLUMNS}) SELECT ${VALUES} FROM ${RECORDS}`;
