import { AuditMaintenance, AuditTrail, AuditWriter } from '#app/audit';
import { loadConfig } from '#app/config';
import { connect } from '#app/database';
import { systemClock } from '#app/kernel';
import { LARGEST_JUMP_MS } from './scenarios/disturbances.js';

/**
 * Closes the intents of calls that died, by the very job that every node runs each minute, but without waiting for the minute of
 * grace: the harness knows that nobody is calling any more. Nor does it wait for the time to come that a node's clock was set to.
 */
export async function reconcile(databaseUrl: string): Promise<number> {
  const database = await connect({ url: databaseUrl, poolSize: 2, entities: [], migrations: [] });
  try {
    const writer = new AuditWriter(database.system);
    const trail = new AuditTrail(writer, database.system, systemClock);
    const maintenance = new AuditMaintenance(database.system, trail, systemClock, loadConfig({}));
    return await maintenance.closeOrphans(-LARGEST_JUMP_MS);
  } finally {
    await database.close();
  }
}
