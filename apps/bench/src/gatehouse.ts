import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { freePort } from './free-port.js';
import type { Cores } from './cores.js';

const START_MS = 60_000;
/** Of `npm start` and of the image; the first tells where in the sources an error came from. */
export const NODE_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=64', '--no-allocation-site-pretenuring'];

export interface Gatehouse {
  readonly child: ChildProcess;
  readonly url: string;
  readonly log: string;
  readonly credentials: Credentials;
}

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the nodes of one installation have in common. */
export interface Installation {
  /** Where logs and whatever else a node writes go, in a folder of its own. */
  readonly folder: string;
  readonly stubPort: number;
  readonly credentials: Credentials;
  readonly masterKey: string;
}

export const newInstallation = (folder: string, stubPort: number): Installation => ({
  folder,
  stubPort,
  credentials: { clientId: 'skc_bench_client', clientSecret: randomBytes(32).toString('base64url') },
  masterKey: randomBytes(32).toString('base64'),
});

/**
 * Starts a node of the server as it is shipped, with its provider at the stub. `started` gets the process at once, so that it is
 * stopped whatever happens next. Another node than the first takes the public address of that one: tokens name it.
 */
export async function startGatehouse(
  installation: Installation,
  { databaseUrl, first }: { databaseUrl: string; first?: Gatehouse },
  cores: Cores,
  started: (child: ChildProcess) => unknown,
): Promise<Gatehouse> {
  const main = fileURLToPath(new URL('../../api/src/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error(`The server is not built: ${main} is missing. Run "npm run build" first.`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { credentials, folder, masterKey, stubPort } = installation;
  const dataDir = join(folder, `node-${port}`);
  mkdirSync(dataDir);
  const log = join(dataDir, 'server.log');
  const out = openSync(log, 'w');
  const [command, args] = cores.command(process.execPath, [...NODE_OPTIONS, main]);
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: String(port),
    PUBLIC_URL: first?.url ?? url,
    DATABASE_URL: databaseUrl,
    GATEHOUSE_DATA_DIR: dataDir,
    GATEHOUSE_MASTER_KEY: masterKey,
    GATEHOUSE_BOOTSTRAP_CLIENT_ID: credentials.clientId,
    GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: credentials.clientSecret,
    ...stubEnvironment(stubPort),
  };
  const child = spawn(command, args, { env: environment, stdio: ['ignore', out, out] });
  started(child);
  await untilReady(child, url, log);
  return { child, url, log, credentials };
}

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
