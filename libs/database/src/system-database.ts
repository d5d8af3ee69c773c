import { outsideOfRequests } from '#app/kernel';
import pg from 'pg';
import { isConnectionError, translateError } from './database-errors.js';

/** A prepared statement: parsed once per connection, so one name belongs to one text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Runs one statement and returns its rows. `values` answer to `$1`, `$2` … */
export type Query = <R>(statement: Statement, values: unknown[]) => Promise<R[]>;

/**
 * The hot path, the look-ups before a tenant is known and the jobs, as the role `gatehouse_system`. It sees the rows of all
 * tenants, so every statement carries its tenant as a value.
 */
export class SystemDatabase {
  constructor(
    private readonly pool: pg.Pool,
    private readonly connection: pg.ClientConfig,
  ) {}

  /** @throws {AppError} `not_available` when the database doesn't answer or no connection comes free in time */
  async query<R>(statement: Statement, values: unknown[]): Promise<R[]> {
    try {
      const result = await outsideOfRequests(() => this.pool.query({ ...statement, values }));
      return result.rows as R[];
    } catch (error) {
      throw translateError(error);
    }
  }

  /** One transaction on one connection. Rolled back when `work` throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return outsideOfRequests(() => this.transact(work));
  }

  private async transact<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.checkOut();
    // A connection that breaks between two statements reports it here; the next statement fails with the reason.
    client.on('error', ignore);
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(queryOn(client));
      await commit(client);
      return result;
    } catch (error) {
      broken = await rollBack(client, error);
      throw translateError(error);
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  /**
   * Runs `work` while this node alone holds the lock of that name; returns false, without having run it, when another one does.
   *
   * The lock has a connection of its own and goes with it: should that break, another node may begin before `work` has ended,
   * so `work` must be harmless when done twice.
   */
  async withLock(name: string, work: () => Promise<void>): Promise<boolean> {
    const client = new pg.Client(this.connection);
    client.on('error', ignore);
    try {
      if (!(await takeLock(client, name))) return false;
      await work();
      return true;
    } finally {
      await giveUpLock(client, name);
    }
  }

  /** Whether the database answers, within the time a caller may be kept waiting for a connection. */
  async isReachable(): Promise<boolean> {
    try {
      const probe: QueryWithTimeout = { text: 'SELECT 1', query_timeout: this.connection.connectionTimeoutMillis };
      await this.pool.query(probe);
      return true;
    } catch {
      return false;
    }
  }

  private async checkOut(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw translateError(error);
    }
  }
}

/** The driver takes it per statement too, which its types don't know. */
type QueryWithTimeout = pg.QueryConfig & Pick<pg.ClientConfig, 'query_timeout'>;

const ignore = (): void => undefined;

const queryOn =
  (client: pg.PoolClient): Query =>
  async <R>(statement: Statement, values: unknown[]) => {
    const result = await client.query({ ...statement, values });
    return result.rows as R[];
  };

async function takeLock(client: pg.Client, name: string): Promise<boolean> {
  try {
    await client.connect();
    const { rows } = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
      [name],
    );
    return rows[0]?.held === true;
  } catch (error) {
    throw translateError(error);
  }
}

/** Awaited, so that who comes next finds the lock free; the end of the connection is not, since a dead server never confirms it. */
async function giveUpLock(client: pg.Client, name: string): Promise<void> {
  await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(ignore);
  void client.end();
}

/** Postgres answers COMMIT of a failed transaction with a silent rollback, which must not pass for success. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT');
  if (command === 'COMMIT') return;
  throw new Error('A statement of this transaction failed and its error was swallowed, so nothing of it was kept');
}

/** Returns an error when the connection must not be used again. */
async function rollBack(client: pg.PoolClient, cause: unknown): Promise<Error | undefined> {
  if (isConnectionError(cause)) return cause as Error;
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
