/** The credential that a refresh is about is in use: parameters are tenant, account, version, generation. */
const CREDENTIAL_IN_USE = `
  FROM credentials c JOIN connected_accounts a ON a.tenant_id = c.tenant_id AND a.id = c.account_id
  WHERE c.tenant_id = $1 AND c.account_id = $2 AND c.slot = 'active' AND c.version = $3 AND c.generation = $4
    AND a.status = 'ACTIVE' AND a.version = c.version`;

const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

const later = (parameter: string): string => `clock_timestamp() + ${parameter} * interval '1 millisecond'`;

/** The journal of the row, if it is about the credential that the lease is taken for; else that of a token nobody has sent. */
const kept = (column: string, otherwise: string): string =>
  `${column} = CASE WHEN r.version = EXCLUDED.version AND r.generation = EXCLUDED.generation THEN r.${column} ELSE ${otherwise} END`;

/**
 * Takes the lease, if it is free and the credential in use. A row that is about a later credential is left alone: whoever waited
 * here for the one that made it comes too late.
 *
 * $5 node · $6 length of the lease in milliseconds
 */
export const TAKE = `
  INSERT INTO credential_refreshes AS r (tenant_id, account_id, version, generation, fence, owner, lease_expires_at)
  SELECT c.tenant_id, c.account_id, c.version, c.generation, 1, $5, ${later('$6::float8')}
  ${CREDENTIAL_IN_USE}
  ON CONFLICT (tenant_id, account_id) DO UPDATE SET
    version = EXCLUDED.version, generation = EXCLUDED.generation, fence = r.fence + 1, owner = EXCLUDED.owner,
    lease_expires_at = ${later('$6::float8')},
    ${kept('state', `'ready'`)}, ${kept('first_sent_at', 'NULL')}, ${kept('sent_at', 'NULL')},
    ${kept('sent_count', '0')}, ${kept('failures', '0')}, ${kept('retry_at', 'NULL')}
  WHERE (r.lease_expires_at IS NULL OR r.lease_expires_at <= clock_timestamp())
    AND (r.version, r.generation) <= (EXCLUDED.version, EXCLUDED.generation)
  RETURNING r.fence, r.state, ${milliseconds('r.first_sent_at')} AS first_sent_at, ${milliseconds('r.sent_at')} AS sent_at,
    r.failures, ${milliseconds('r.retry_at')} AS retry_at, ${milliseconds('clock_timestamp()')} AS now`;

/** $3 fence · $4 length of the lease. A lease that ran out is renewed too, as long as nobody else has taken it. */
export const RENEW = `
  WITH renewed AS (
    UPDATE credential_refreshes SET lease_expires_at = ${later('$4::float8')}
    WHERE tenant_id = $1 AND account_id = $2 AND fence = $3 AND owner IS NOT NULL RETURNING 1)
  SELECT FROM renewed`;

/** $5 fence · $6 length of the lease · $7 what must be left of it */
export const BEGIN_SENDING = `
  WITH begun AS (
    UPDATE credential_refreshes r SET state = 'sending', attempt = r.fence, sent_count = r.sent_count + 1,
      sent_at = clock_timestamp(), first_sent_at = coalesce(r.first_sent_at, clock_timestamp()),
      lease_expires_at = ${later('$6::float8')}
    WHERE r.tenant_id = $1 AND r.account_id = $2 AND r.version = $3 AND r.generation = $4 AND r.fence = $5
      AND r.lease_expires_at > ${later('$7::float8')} AND EXISTS (SELECT ${CREDENTIAL_IN_USE})
    RETURNING 1)
  SELECT FROM begun`;

/** $3 fence */
export const RELEASE = `
  WITH released AS (
    UPDATE credential_refreshes SET owner = NULL, lease_expires_at = NULL
    WHERE tenant_id = $1 AND account_id = $2 AND fence = $3 RETURNING 1)
  SELECT FROM released`;

/**
 * $3 fence · $4 state · $5 whether the token never left · $6 result · $7 the provider's code · $8 how long to leave it alone.
 * When it was sent for the first time is forgotten with the doubt whether it was spent.
 */
export const END_ATTEMPT = `
  WITH ended AS (
    UPDATE credential_refreshes r SET state = $4, sent_count = r.sent_count - CASE WHEN $5::boolean THEN 1 ELSE 0 END,
      first_sent_at = CASE WHEN $4 = 'ready' THEN NULL ELSE r.first_sent_at END,
      owner = CASE WHEN r.fence = $3 THEN NULL ELSE r.owner END,
      lease_expires_at = CASE WHEN r.fence = $3 THEN NULL ELSE r.lease_expires_at END,
      failures = r.failures + 1, retry_at = ${later('$8::float8')}, result = $6, result_code = $7,
      finished_at = clock_timestamp()
    WHERE r.tenant_id = $1 AND r.account_id = $2 AND r.attempt = $3 RETURNING 1)
  SELECT FROM ended`;

/** The row as it is locked until the end of the transaction. $1 tenant · $2 account */
export const LOCK_REFRESH = `
  SELECT fence, attempt, state, version, generation, coalesce(lease_expires_at > clock_timestamp(), false) AS held
  FROM credential_refreshes WHERE tenant_id = $1 AND account_id = $2 FOR UPDATE`;

/** $3 version and $4 generation of the new credential · $5 fence of the holder that got it */
export const END_REFRESHED = `
  WITH ended AS (
    UPDATE credential_refreshes r SET version = $3, generation = $4, state = 'ready', attempt = $5, first_sent_at = NULL,
      sent_at = NULL, sent_count = 0, failures = 0, retry_at = NULL,
      owner = CASE WHEN r.fence = $5 THEN NULL ELSE r.owner END,
      lease_expires_at = CASE WHEN r.fence = $5 THEN NULL ELSE r.lease_expires_at END,
      result = 'refreshed', result_code = NULL, finished_at = clock_timestamp(), refreshed_at = clock_timestamp()
    WHERE r.tenant_id = $1 AND r.account_id = $2 RETURNING 1)
  SELECT FROM ended`;

/** $3 version · $4 generation */
export const LOOK = {
  name: 'oauth.look_at_refresh',
  text: `
    SELECT EXISTS (SELECT ${CREDENTIAL_IN_USE}) AS current,
      coalesce(r.lease_expires_at > clock_timestamp(), false) AS held,
      CASE WHEN r.version = $3 AND r.generation = $4
        THEN coalesce(greatest(${milliseconds('(r.retry_at - clock_timestamp())')}, 0), 0) ELSE 0 END AS "backoffMs",
      CASE WHEN r.version = $3 AND r.generation = $4 THEN r.failures ELSE 0 END AS failures,
      CASE WHEN r.version = $3 AND r.generation = $4 THEN r.result END AS result
    FROM connected_accounts account
    LEFT JOIN credential_refreshes r ON r.tenant_id = account.tenant_id AND r.account_id = account.id
    WHERE account.tenant_id = $1 AND account.id = $2`,
};
