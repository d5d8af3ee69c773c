import pg from 'pg';
import { describeUrl } from './connection-url.js';
import { isSqlError } from './database-errors.js';
import { DatabaseSetupError, reasonOf } from './database-setup-error.js';
import { TIMEOUTS } from './pool-config.js';

const LOCK = `hashtextextended('gatehouse.migrations', 0)`;

/**
 * Work as the owner of the database, before anything is served: the connection is closed when it is done. One node at a time;
 * the others wait.
 *
 * @throws {DatabaseSetupError} when the database can't be reached
 */
export async function asOwner<T>(url: string, work: (owner: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: TIMEOUTS.connect, keepAlive: true });
  client.on('error', () => undefined);
  await connectAtBoot(client, url);
  try {
    // Held by this session, so a node that dies lets go of it.
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    return await work(client);
  } finally {
    await client.end();
  }
}

async function connectAtBoot(client: pg.Client, url: string): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const hint = isSqlError(error)
      ? 'Check its user, password and database.'
      : 'Is it running, and may this machine reach it?';
    throw new DatabaseSetupError(`Can't connect to the database ${describeUrl(url)}: ${reasonOf(error)}. ${hint}`, {
      cause: error,
    });
  }
}
