import { AppError } from '#app/kernel';
import { QueryFailedError, QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';

/** SQLSTATE of what passes by itself: try again later. A whole class where only its two characters stand. */
const TRANSIENT = [
  '08', // connection
  '53', // out of disk, memory or connections
  '57', // shut down, crashed, starting, cancelled by a timeout
  '58', // input or output
  '25006', // read-only: a standby, or a failover under way
  '25P03', // ended by the server as idle in a transaction
  '55000', // a database that is closed to connections, as before a move
  '40001',
  '40P01',
  '55P03',
];

const NETWORK =
  /^E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|NOENT|NETDOWN|HOSTDOWN|ACCES)$|^ENOENT$/;

/** The driver's own errors have texts only. */
const DRIVER =
  /^(timeout exce|timeout expired|Connection terminated|Query read timeout|Client (was closed|has encountered)|Cannot use a pool after)/;

/** The error of the driver below what TypeORM makes of it. TypeORM's carries the statement's values, which must not be logged. */
export function driverErrorOf(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

/** `not_available` for what a caller may simply try again, the driver's error for the rest, anything else unchanged. */
export function translateError(error: unknown): unknown {
  const cause = driverErrorOf(error);
  if (!isTransient(cause)) return cause;
  return new AppError(
    'not_available',
    'The database does not answer, so the request was refused. Try again in a moment.',
    { cause },
  );
}

function isTransient(error: unknown): boolean {
  if (error instanceof AppError) return false;
  if (isSqlError(error)) return TRANSIENT.some((state) => error.code.startsWith(state));
  return isConnectionError(error);
}

/** Whether the server itself answered with an error, so that the connection is in order. */
export function isSqlError(error: unknown): error is Error & { code: string; constraint?: string } {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string';
}

/** Whether the connection failed or fell silent, so that it can't be used again. */
export function isConnectionError(error: unknown): boolean {
  // Asked by shape: Node's own errors are of no class of ours inside of a sandbox such as Jest's.
  if (typeof error !== 'object' || error === null || isSqlError(error)) return false;
  // What TypeORM says of a transaction whose connection broke between two statements.
  if (error instanceof QueryRunnerAlreadyReleasedError || error instanceof QueryRunnerProviderAlreadyReleasedError)
    return true;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return NETWORK.test(String(code)) || DRIVER.test(String(message));
}

/** Whether the error says that a row with that key exists already; of the named constraint, when one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const cause = driverErrorOf(error);
  if (!isSqlError(cause) || cause.code !== '23505') return false;
  return constraint === undefined || cause.constraint === constraint;
}
