import { rmSync } from 'node:fs';

/** Leaves neither a process nor a folder behind. */
export default async function globalTeardown() {
  const { postgres, dataDir } = globalThis.gatehouseTestPostgres;
  await postgres.stop();
  // As root the data may lie elsewhere, when the temporary folder is closed to the account of the server.
  rmSync(postgres.place, { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}
