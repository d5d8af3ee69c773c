/**
 * Whether somebody whom the revocation `r` spares holds a credential of the same OAuth app, in use or waiting. `except` leaves
 * credentials `k` out. A workspace that nobody knows may be any.
 */
const inUse = (except: string): string => `EXISTS (
    SELECT FROM connections c
    JOIN connected_accounts a ON a.tenant_id = c.tenant_id AND a.connection_id = c.id
    JOIN credentials k ON k.tenant_id = a.tenant_id AND k.account_id = a.id
    LEFT JOIN verification_requests v ON v.tenant_id = k.tenant_id AND v.account_id = k.account_id AND k.slot = 'pending'
    CROSS JOIN LATERAL (SELECT coalesce(v.principal, a.principal) AS p) who
    WHERE r.spares <> 'nobody' AND c.connector = r.connector AND c.oauth_client_id = r.oauth_client_id
      AND c.endpoints = r.endpoints AND ${except}
      AND CASE r.spares
        WHEN 'account' THEN a.tenant_id = r.tenant_id AND a.id = r.account_id
        WHEN 'principal' THEN who.p ->> 'id' = r.principal_id AND who.p ->> 'tenant' IS NOT DISTINCT FROM r.workspace
        WHEN 'workspace' THEN coalesce(who.p ->> 'tenant' = r.workspace, true)
        WHEN 'other_tenants' THEN a.tenant_id <> r.tenant_id AND coalesce(who.p ->> 'tenant' = r.workspace, true)
        ELSE true END)`;

/** Asked right before a revocation is sent, over all tenants: somebody may have connected in the meantime. */
export const IN_USE = {
  name: 'oauth.revocation_in_use',
  text: `SELECT ${inUse('true')} AS "inUse" FROM upstream_revocations r WHERE r.tenant_id = $1 AND r.id = $2`,
};

const COLUMNS = `tenant_id, id, connection_id, account_id, identifier, connector, oauth_client_id, endpoints, params,
  principal_id, workspace, scope, spares, reason, state, last_error, next_attempt_at, finished_at, sealed, bound_to, version,
  generation, client_secret_sealed, secret_version, created_at`;

/**
 * Queues what the given-up credentials of one connection hold, or notes that it is not to be sent. Of several credentials of one
 * workspace, one ends them all where a revocation ends the workspace.
 *
 * $1 tenant · $2 connection · $3 JSON array of {id, account_id, slot} · $4 scope · $5 spares · $6 reason · $7 whether the app's
 * secret is needed · $8 now
 */
export const QUEUE_STORED = `
  WITH given AS (
    SELECT * FROM jsonb_to_recordset($3::jsonb) AS given (id text, account_id text, slot text)
  ), r AS (
    SELECT given.id, given.slot, k.tenant_id, k.account_id, k.sealed, k.version, k.generation, c.id AS connection_id, a.identifier,
      c.connector, c.oauth_client_id, c.endpoints, c.params || coalesce(v.params, a.params) AS params, $5::text AS spares,
      coalesce(v.principal, a.principal) ->> 'id' AS principal_id,
      coalesce(v.principal, a.principal) ->> 'tenant' AS workspace,
      CASE WHEN $7::boolean THEN c.client_secret_sealed END AS client_secret_sealed, c.secret_version
    FROM given
    JOIN credentials k ON k.tenant_id = $1 AND k.account_id = given.account_id AND k.slot = given.slot
    JOIN connected_accounts a ON a.tenant_id = k.tenant_id AND a.id = k.account_id
    JOIN connections c ON c.tenant_id = a.tenant_id AND c.id = a.connection_id AND c.id = $2
    LEFT JOIN verification_requests v ON v.tenant_id = k.tenant_id AND v.account_id = k.account_id AND k.slot = 'pending'
  ), judged AS (
    SELECT r.*, CASE
        WHEN $4::text = 'workspace' AND row_number() OVER (PARTITION BY r.workspace ORDER BY r.slot, r.id) > 1 THEN 'workspace_revoked_once'
        WHEN ${inUse('NOT EXISTS (SELECT FROM given g WHERE a.tenant_id = $1 AND g.account_id = k.account_id AND g.slot = k.slot)')}
          THEN 'in_use_by_others'
      END AS skipped
    FROM r
  )
  INSERT INTO upstream_revocations (${COLUMNS})
  SELECT tenant_id, id, connection_id, account_id, identifier, connector, oauth_client_id, endpoints, params, principal_id, workspace,
    $4, spares, $6, CASE WHEN skipped IS NULL THEN 'pending' ELSE 'skipped' END, skipped, $8::timestamptz,
    CASE WHEN skipped IS NOT NULL THEN $8::timestamptz END, CASE WHEN skipped IS NULL THEN sealed END,
    CASE slot WHEN 'active' THEN account_id ELSE account_id || '#pending' END, version, generation,
    CASE WHEN skipped IS NULL THEN client_secret_sealed END, secret_version, $8::timestamptz
  FROM judged
  RETURNING account_id AS "accountId", state`;

/** Queues tokens that were never stored. One parameter: the row as JSON, with its ciphertexts in hexadecimal. */
export const QUEUE_UNUSED = `
  WITH r AS (
    SELECT * FROM jsonb_to_record($1::jsonb) AS r (tenant_id text, id text, connection_id text, account_id text, identifier text,
      connector text, oauth_client_id text, endpoints jsonb, params jsonb, principal_id text, workspace text, scope text,
      spares text, reason text, sealed text, client_secret_sealed text, secret_version integer, created_at timestamptz)
  ), judged AS (
    SELECT r.*, ${inUse('true')} AS skipped FROM r
  )
  INSERT INTO upstream_revocations (${COLUMNS})
  SELECT tenant_id, id, connection_id, account_id, identifier, connector, oauth_client_id, endpoints, params, principal_id, workspace,
    scope, spares, reason, CASE WHEN skipped THEN 'skipped' ELSE 'pending' END, CASE WHEN skipped THEN 'in_use_by_others' END,
    created_at, CASE WHEN skipped THEN created_at END, CASE WHEN NOT skipped THEN decode(sealed, 'hex') END, id, 1, 0,
    CASE WHEN NOT skipped THEN decode(client_secret_sealed, 'hex') END, secret_version, created_at
  FROM judged`;

/**
 * Takes on what has been due for longest of any tenant that waits, so that one with thousands does not hold up the others. Whoever
 * takes it is alone with it until $2, when another node may.
 *
 * $1 now · $2 end of the lease
 */
export const TAKE_DUE = {
  name: 'oauth.take_due_revocation',
  text: `
    WITH waiting AS (
      SELECT DISTINCT tenant_id FROM upstream_revocations WHERE state = 'pending' AND next_attempt_at <= $1
    ), due AS (
      SELECT first.tenant_id, first.id FROM (SELECT tenant_id FROM waiting ORDER BY random()) AS turn
      CROSS JOIN LATERAL (
        SELECT tenant_id, id FROM upstream_revocations d
        WHERE d.tenant_id = turn.tenant_id AND state = 'pending' AND next_attempt_at <= $1
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
      ) AS first LIMIT 1
    )
    UPDATE upstream_revocations r SET attempts = r.attempts + 1, next_attempt_at = $2
    FROM due WHERE r.tenant_id = due.tenant_id AND r.id = due.id
    RETURNING r.tenant_id AS "tenantId", r.id`,
};

/** What ended long ago is of no interest to anybody; the audit trail has it. */
export const FORGET_ENDED = {
  name: 'oauth.forget_ended_revocations',
  text: `DELETE FROM upstream_revocations WHERE state <> 'pending' AND finished_at <= $1`,
};
