import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { send } from './http.js';
import { freePort } from './free-port.js';

export interface Instance {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 90_000;

/** The instance that the environment names, or one of our own that is gone afterwards. */
export async function findOrStartInstance(env: NodeJS.ProcessEnv): Promise<Instance> {
  const { GATEHOUSE_URL: url, GATEHOUSE_CLIENT_ID: clientId, GATEHOUSE_CLIENT_SECRET: clientSecret } = env;
  if (url && clientId && clientSecret)
    return { url: url.replace(/\/+$/, ''), clientId, clientSecret, stop: async () => undefined };
  return startInstance(env);
}

/** Starts the shipped server on a free port, with a database and a sandbox in a temporary folder. */
async function startInstance(env: NodeJS.ProcessEnv): Promise<Instance> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'));
  // the embedded Postgres runs under another account when this one is root, and has to get through
  await chmod(dataDir, 0o755);
  const port = await freePort();
  const clientId = 'skc_demoagentclient';
  const clientSecret = randomBytes(32).toString('base64url');
  const main = fileURLToPath(new URL('../../api/src/main.js', import.meta.url));
  const child = fork(main, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: env['PATH'],
      HOME: env['HOME'],
      PORT: String(port),
      GATEHOUSE_DATA_DIR: dataDir,
      GATEHOUSE_BOOTSTRAP_CLIENT_ID: clientId,
      GATEHOUSE_BOOTSTRAP_CLIENT_SECRET: clientSecret,
      LOG_LEVEL: 'warn',
    },
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
    await rm(dataDir, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(url, () => child.exitCode !== null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, clientId, clientSecret, stop };
}

async function ready(url: string, ended: () => boolean): Promise<void> {
  const until = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < until && !ended()) {
    const status = await send(`${url}/health/ready`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(100);
  }
  throw new Error('Gatehouse did not become ready');
}
