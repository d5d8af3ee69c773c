import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const INTERVAL_MS = 10;
/** Writes to the log of Postgres as any commit does, and to no table. */
const COMMIT = `SELECT pg_logical_emit_message(true, 'bench', repeat('x', 500))`;

/**
 * What a bare commit takes in the database that is measured, at that time, on a connection of its own. A call waits for two of
 * them in a row, so its latency says little where nobody knows theirs. One is due every ten milliseconds, and its time counts from
 * then, as that of a call does.
 *
 * @returns what `work` returned, and the milliseconds of each commit that was due meanwhile
 */
export async function withCommitBeat<T>(
  databaseUrl: string,
  work: () => Promise<T>,
): Promise<{ result: T; commits: readonly number[] }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const commits: number[] = [];
  const end = new AbortController();
  const beat = async (): Promise<void> => {
    for (let due = performance.now(); !end.signal.aborted; due += INTERVAL_MS) {
      await sleep(Math.max(0, due - performance.now()));
      await client.query(COMMIT);
      commits.push(performance.now() - due);
    }
  };
  try {
    const [result] = await Promise.all([work().finally(() => end.abort()), beat()]);
    return { result, commits };
  } finally {
    await client.end();
  }
}
