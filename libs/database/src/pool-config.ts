import pg from 'pg';

/** How long a caller may be kept waiting by the database before it is told `not_available`. Milliseconds. */
export interface DatabaseTimeouts {
  /** For a connection: a free one of the pool or a new one. */
  readonly connect: number;
  /** Set on the server, which then cancels the statement. */
  readonly statement: number;
  /** Ours, for a server that doesn't answer at all. */
  readonly answer: number;
}

export const TIMEOUTS: DatabaseTimeouts = { connect: 2_000, statement: 5_000, answer: 6_000 };

/** After this time the server ends a transaction that does nothing. */
const IDLE_TRANSACTION_MS = 30_000;

const INT8 = pg.types.builtins.INT8;

/** Settings for a connection or pool that serves requests. */
export function poolConfig(url: string, size: number, timeouts: DatabaseTimeouts): pg.PoolConfig {
  return {
    connectionString: url,
    max: size,
    connectionTimeoutMillis: timeouts.connect,
    statement_timeout: timeouts.statement,
    query_timeout: timeouts.answer,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    fallback_application_name: 'gatehouse',
    types: { getTypeParser },
  };
}

/** bigint columns (versions, counts) arrive as numbers. */
const getTypeParser = ((oid: number, format?: 'text') =>
  oid === INT8 ? toSafeNumber : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;

function toSafeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new Error(`The database returned ${text}, which is beyond what a number can hold`);
  return value;
}
