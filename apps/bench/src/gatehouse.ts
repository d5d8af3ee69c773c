import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { freePort } from './free-port.js';
import type { Cores } from './cores.js';

const START_MS = 60_000;

export interface Gatehouse {
  readonly child: ChildProcess;
  readonly url: string;
  readonly dataDir: string;
  readonly log: string;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
}

/**
 * Starts the server as it is shipped, on a data folder of its own, with its provider at the stub. `started` gets the process at
 * once, so that it is stopped whatever happens next.
 */
export async function startGatehouse(
  dataDir: string,
  stubPort: number,
  cores: Cores,
  started: (child: ChildProcess) => unknown,
): Promise<Gatehouse> {
  const main = fileURLToPath(new URL('../../api/src/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error(`The server is not built: ${main} is missing. Run "npm run build" first.`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const credentials = { clientId: 'skc_bench_client', clientSecret: randomBytes(32).toString('base64url') };
  const log = join(dataDir, 'server.log');
  const out = openSync(log, 'w');
  const [command, args] = cores.command(process.execPath, ['--enable-source-maps', main]);
  const environment = { ...stubEnvironment(stubPort), ...ownEnvironment(dataDir, port, credentials) };
  const child = spawn(command, args, { env: environment, stdio: ['ignore', out, out] });
  started(child);
  await untilReady(child, url, log);
  cores.moveDatabaseAway(dataDir);
  return { child, url, dataDir, log, credentials };
}

const ownEnvironment = (dataDir: string, port: number, client: Gatehouse['credentials']): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  GATEHOUSE_DATA_DIR: dataDir,
  PORT: String(port),
  GATEHOUSE_BOOTSTRAP_CLIENT_ID: client.clientId,
  GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: client.clientSecret,
});

const stubEnvironment = (port: number): NodeJS.ProcessEnv => ({
  INTERCOM_CLIENT_ID: 'bench',
  INTERCOM_CLIENT_SECRET: 'bench-client-secret',
  INTERCOM_AUTHORIZE_URL: `http://127.0.0.1:${port}/oauth`,
  INTERCOM_TOKEN_URL: `http://127.0.0.1:${port}/token`,
  INTERCOM_API_URL: `http://127.0.0.1:${port}`,
  GATEHOUSE_EGRESS_ALLOW: `127.0.0.1:${port}`,
});

async function untilReady(child: ChildProcess, url: string, log: string): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(100)) {
    if (child.exitCode !== null) break;
    const ready = await request(`${url}/health/ready`).then(
      async ({ statusCode, body }) => (await body.dump(), statusCode === 200),
      () => false,
    );
    if (ready) return;
  }
  throw new Error(`The server did not become ready. ${endOf(log)}`);
}

/** Throws, with what the server said last, when it has ended. */
export function assertRunning({ child, log }: Gatehouse): void {
  if (child.exitCode === null && child.signalCode === null) return;
  throw new Error(`The server ended (${child.signalCode ?? child.exitCode}) while it was measured. ${endOf(log)}`);
}

const endOf = (log: string): string => `The end of its log:\n${readFileSync(log, 'utf8').slice(-4_000)}`;
