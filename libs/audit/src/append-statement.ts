const COLUMNS = `id, tenant_id, occurred_at, kind, type, source, request_id, execution_id, client_id, identifier, account_id,
  connection_id, principal_id, tool, decision, reason, status, error_code, duration_ms, upstream_status, detail`;

const INPUT = `jsonb_to_recordset($1::jsonb) AS (
  id text, tenant_id text, occurred_at timestamptz, kind text, type text, source text, request_id text, execution_id text,
  client_id text, identifier text, account_id text, connection_id text, principal_id text, tool text, decision text,
  reason text, status text, error_code text, duration_ms integer, upstream_status integer, detail jsonb,
  fenced boolean, account_version bigint, client_version integer)`;

/**
 * Authorises and records in one statement: a fenced record is inserted only if the tenant, the API client, the account and its
 * connection are, at this moment, what the call was decided on. Its snapshot is taken when it starts, so that a revoke that
 * has returned is always seen, by every node, whatever is cached.
 *
 * One parameter: a JSON array of records. One row back per record, in the order given: null, or why it was refused.
 */
export const APPEND = {
  name: 'audit_append',
  text: `
    WITH input AS (
      SELECT * FROM ROWS FROM (${INPUT}) WITH ORDINALITY AS record
    ), judged AS (
      SELECT input.*, CASE
          WHEN input.fenced IS NOT TRUE THEN NULL
          WHEN tenant.status IS DISTINCT FROM 'active' THEN 'tenant_suspended'
          WHEN input.client_version IS NOT NULL AND client.status IS DISTINCT FROM 'active' THEN 'client_disabled'
          WHEN input.client_version <> client.version THEN 'client_changed'
          WHEN account.id IS NULL THEN 'account_missing'
          WHEN account.status <> 'ACTIVE' THEN 'account_inactive'
          WHEN input.account_version IS DISTINCT FROM account.version THEN 'account_changed'
          WHEN connection.status IS DISTINCT FROM 'enabled' THEN 'connection_disabled'
        END AS refusal
      FROM input
      LEFT JOIN tenants tenant ON tenant.tenant_id = input.tenant_id AND input.fenced
      LEFT JOIN api_clients client ON client.tenant_id = input.tenant_id AND client.id = input.client_id AND input.fenced
      LEFT JOIN connected_accounts account
        ON account.tenant_id = input.tenant_id AND account.id = input.account_id AND input.fenced
      LEFT JOIN connections connection
        ON connection.tenant_id = account.tenant_id AND connection.id = account.connection_id
    ), written AS (
      INSERT INTO audit_events (${COLUMNS}) SELECT ${COLUMNS} FROM judged WHERE refusal IS NULL
    )
    SELECT refusal FROM judged ORDER BY ordinality`,
} as const;

/** Records without a fence, as part of a tenant's own transaction; the same parameter. */
export const INSERT_EVENTS = `INSERT INTO audit_events (${COLUMNS}) SELECT ${COLUMNS} FROM ROWS FROM (${INPUT}) AS record`;
