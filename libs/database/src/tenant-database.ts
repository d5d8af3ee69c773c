import { outsideOfRequests, type TenantId } from '#app/kernel';
import type pg from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { isConnectionError, driverErrorOf, translateError } from './database-errors.js';
import type { TenantSeal } from './tenant-seal.js';

const ENTER = `SELECT set_config('gatehouse.tenant_id', $1, true), set_config('gatehouse.tenant_seal', $2, true)`;

/**
 * The control plane's way to the database, as the role `gatehouse_app`: row-level security shows it the rows of one tenant, and
 * none when the tenant was forgotten. Within one tenant's transaction no statement can name another tenant: it has no seal for it.
 */
export class TenantDatabase {
  constructor(
    private readonly source: DataSource,
    private readonly seal: TenantSeal,
  ) {}

  /**
   * One transaction in which only this tenant's rows exist. Rolled back when `work` throws.
   *
   * Take one at a time: a second inside of the first needs a second connection of the same pool.
   *
   * @throws {AppError} `not_available` when the database doesn't answer; else what `work` or the driver throws
   */
  withTenant<T>(tenantId: TenantId, work: (em: EntityManager) => Promise<T>): Promise<T> {
    return outsideOfRequests(() => this.transact(tenantId, work));
  }

  private async transact<T>(tenantId: TenantId, work: (em: EntityManager) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.startTransaction();
      // Local to the transaction: nothing of it is left on the connection for the next tenant.
      await runner.query(ENTER, [tenantId, this.seal(tenantId)]);
      const result = await work(runner.manager);
      await commit(runner);
      return result;
    } catch (error) {
      await abandon(runner, error);
      throw translateError(error);
    } finally {
      await runner.release();
    }
  }
}

/** Postgres answers COMMIT of a failed transaction with a silent rollback, which must not pass for success. */
async function commit(runner: QueryRunner): Promise<void> {
  const connection: pg.PoolClient = await runner.connect();
  const { command } = await connection.query('COMMIT');
  if (command === 'COMMIT') return;
  throw new Error('A statement of this transaction failed and its error was swallowed, so nothing of it was kept');
}

/** Ends the transaction, or the connection when that can't be trusted with another statement. */
async function abandon(runner: QueryRunner, error: unknown): Promise<void> {
  if (!runner.isTransactionActive) return;
  if (!isConnectionError(driverErrorOf(error))) {
    try {
      await runner.rollbackTransaction();
      return;
    } catch {
      // The first error is the one to report.
    }
  }
  await discard(runner);
}

async function discard(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) return;
  try {
    const connection: pg.Client = await runner.connect();
    void connection.end();
  } catch {
    // There was no connection in the first place.
  }
}
